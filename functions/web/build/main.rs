//! Builds what browsers load from the folder `web`.
//!
//! Each entry is joined with the modules that it imports, minified and compressed. So the sources
//! are plain modules with comments, a page loads few small files, and cargo alone builds them.

mod bundle;

use std::path::{Path, PathBuf};
use std::{env, fs};

use anyhow::{Context as _, Result, ensure};
use sha2::{Digest, Sha256};

/// File names and their entries in `web`. These files are served below a path that contains the
/// version.
const SCRIPTS: [(&str, &str); 6] = [
    ("look.js", "widget/look.js"),
    ("panel.js", "widget/mount.js"),
    ("channels.js", "widget/channels.js"),
    ("later.js", "widget/later.js"),
    ("files.js", "widget/files.js"),
    ("inbox.js", "inbox/inbox.js"),
];
const STYLES: [(&str, &str); 1] = [("inbox.css", "inbox/inbox.css")];
/// The folders of texts, with one module per language, and what their files' names begin with.
const TEXTS: [(&str, &str); 2] = [("texts", "widget/texts"), ("inbox-texts", "inbox/texts")];

/// Files whose paths never change.
const LAUNCHER: (&str, &str) = ("widget.js", "widget/launcher.js");
const RELOAD: (&str, &str) = ("reload.js", "inbox/reload.js");
const WORKER: (&str, &str) = ("worker.js", "inbox/worker.js");
/// Leads a page from before a deployment to the panel of this build.
const ENTRY: &str = "entry.js";
/// The paths by which the launcher's source imports other modules.
const IMPORTS: [&str; 2] = ["./assets/panel.js", "./assets/look.js"];

/// A file's name and content.
type File = (String, String);

fn main() -> Result<()> {
    let web = folder("CARGO_MANIFEST_DIR")?.join("../../web");
    let out = folder("OUT_DIR")?.join("www");
    println!("cargo::rerun-if-changed={}", web.display());
    println!("cargo::rerun-if-changed=build");

    let versioned = versioned_files(&web)?;
    let version = version(&versioned);
    let stable = stable_files(&web, &version)?;
    write(&out, versioned.iter().chain(&stable))?;
    println!("cargo::rustc-env=ASSETS_VERSION={version}");
    Ok(())
}

fn versioned_files(web: &Path) -> Result<Vec<File>> {
    let mut files = Vec::new();
    for (name, entry) in SCRIPTS {
        files.push((name.to_owned(), bundle::script(&web.join(entry))?));
    }
    for (name, entry) in STYLES {
        files.push((name.to_owned(), read(&web.join(entry))?));
    }
    for (name, folder) in TEXTS {
        for path in sorted(&web.join(folder))? {
            let stem = path.file_stem().and_then(|stem| stem.to_str());
            let language = stem.context("texts without a language")?;
            files.push((format!("{name}-{language}.js"), bundle::script(&path)?));
        }
    }
    Ok(files)
}

fn stable_files(web: &Path, version: &str) -> Result<Vec<File>> {
    let mut launcher = bundle::script(&web.join(LAUNCHER.1))?;
    for path in IMPORTS {
        ensure!(launcher.contains(path), "{} does not load {path}", LAUNCHER.1);
        let versioned = path.replace("./assets/", &format!("./assets/{version}/"));
        launcher = launcher.replace(path, &versioned);
    }
    Ok(vec![
        (LAUNCHER.0.to_owned(), launcher),
        (RELOAD.0.to_owned(), bundle::script(&web.join(RELOAD.1))?),
        (WORKER.0.to_owned(), bundle::script(&web.join(WORKER.1))?),
        (ENTRY.to_owned(), entry(version)),
    ])
}

/// Imports the panel under the query of its own address, which changes after a failed import: a
/// browser may remember the failure of an address for the life of the page.
fn entry(version: &str) -> String {
    format!(
        "export const{{mountPanel}}=\
         await import(\"../{version}/panel.js\"+new URL(import.meta.url).search);"
    )
}

/// Eight hexadecimal digits that change with any name or content.
fn version(files: &[File]) -> String {
    let mut digest = Sha256::new();
    for (name, content) in files {
        digest.update([name.as_bytes(), &[0], content.as_bytes(), &[0]].concat());
    }
    data_encoding::HEXLOWER.encode(&digest.finalize()).chars().take(8).collect()
}

/// Writes each file as it is, as gzip and as brotli.
fn write<'a>(out: &Path, files: impl Iterator<Item = &'a File>) -> Result<()> {
    let _ = fs::remove_dir_all(out);
    fs::create_dir_all(out)?;
    for (name, content) in files {
        fs::write(out.join(name), content)?;
        fs::write(out.join(format!("{name}.gz")), gzip(content)?)?;
        fs::write(out.join(format!("{name}.br")), brotli(content)?)?;
    }
    Ok(())
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

/// A folder that cargo names.
fn folder(variable: &str) -> Result<PathBuf> {
    env::var_os(variable).map(PathBuf::from).with_context(|| format!("{variable} is not set"))
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
