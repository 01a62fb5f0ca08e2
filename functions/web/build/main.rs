//! Makes what browsers get out of the folder `web`: each entry with the modules it needs in one file,
//! without comments and long names, and compressed. So the sources are plain modules that say why,
//! a page loads one small file, and nobody runs a build of their own.

mod modules;

use std::path::{Path, PathBuf};
use std::{env, fs};

use anyhow::{Context as _, Result};
use sha2::{Digest, Sha256};

/// Loaded by names that never change; everything else stands in a folder named after its content.
const LAUNCHER: (&str, &str) = ("widget.js", "widget/launcher.js");
const RELOAD: (&str, &str) = ("reload.js", "inbox/reload.js");
/// Leads a page from before a deployment to the panel of this build.
const ENTRY: &str = "entry.js";
const SCRIPTS: [(&str, &str); 3] = [
    ("panel.js", "widget/panel.js"),
    ("channels.js", "widget/channels.js"),
    ("inbox.js", "inbox/inbox.js"),
];
const STYLES: [(&str, &str); 1] = [("inbox.css", "inbox/inbox.css")];
/// The widget's texts: one module per language.
const TEXTS: &str = "widget/texts";

fn main() -> Result<()> {
    let variable = |name: &str| {
        env::var_os(name).map(PathBuf::from).with_context(|| format!("{name} is not set"))
    };
    let assets = variable("CARGO_MANIFEST_DIR")?.join("../../web");
    let out = variable("OUT_DIR")?.join("www");
    println!("cargo::rerun-if-changed={}", assets.display());
    println!("cargo::rerun-if-changed=build");

    let mut files: Vec<(String, String)> = Vec::new();
    for (name, entry) in SCRIPTS {
        files.push((name.to_owned(), modules::script(&assets.join(entry))?));
    }
    for (name, entry) in STYLES {
        files.push((name.to_owned(), read(&assets.join(entry))?));
    }
    for text in sorted(&assets.join(TEXTS))? {
        let language =
            text.file_stem().and_then(|stem| stem.to_str()).context("a text without a name")?;
        files.push((format!("texts-{language}.js"), modules::script(&text)?));
    }
    let version = version(&files);
    let launcher = modules::script(&assets.join(LAUNCHER.1))?;
    files.push((ENTRY.to_owned(), format!("export*from\"../{version}/panel.js\";")));
    files.push((RELOAD.0.to_owned(), modules::script(&assets.join(RELOAD.1))?));
    files.push((
        LAUNCHER.0.to_owned(),
        launcher.replace("./assets/panel.js", &format!("./assets/{version}/panel.js")),
    ));

    let _ = fs::remove_dir_all(&out);
    fs::create_dir_all(&out)?;
    for (name, content) in &files {
        fs::write(out.join(name), content)?;
        fs::write(out.join(format!("{name}.gz")), gzip(content)?)?;
        fs::write(out.join(format!("{name}.br")), brotli(content)?)?;
    }
    println!("cargo::rustc-env=ASSETS_VERSION={version}");
    Ok(())
}

/// Eight hex digits of what the files hold.
fn version(files: &[(String, String)]) -> String {
    let mut digest = Sha256::new();
    for (name, content) in files {
        digest.update([name.as_bytes(), &[0], content.as_bytes(), &[0]].concat());
    }
    data_encoding::HEXLOWER.encode(&digest.finalize()).chars().take(8).collect()
}

fn gzip(content: &str) -> Result<Vec<u8>> {
    let mut compressed = Vec::new();
    zopfli::compress(
        zopfli::Options::default(),
        zopfli::Format::Gzip,
        content.as_bytes(),
        &mut compressed,
    )?;
    Ok(compressed)
}

fn brotli(content: &str) -> Result<Vec<u8>> {
    let mut compressed = Vec::new();
    brotli::BrotliCompress(
        &mut content.as_bytes(),
        &mut compressed,
        &brotli::enc::BrotliEncoderParams::default(),
    )?;
    Ok(compressed)
}

fn sorted(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files: Vec<_> =
        fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    files.sort();
    Ok(files)
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| path.display().to_string())
}
