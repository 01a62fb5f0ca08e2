//! The licences, sources and duplicate versions of all linked packages are known.
//!
//! `cargo metadata` lists the packages offline, for the platform of the functions. A package that
//! is not on a list fails the test, and so does a list entry that no package needs.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;
use spdx::{Expression, ParseMode};

use crate::file;

/// Licences that require only their text and a notice, by their SPDX names.
const LICENCES: [&str; 8] = [
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "MIT",
    "Unicode-3.0",
    "Zlib",
];

/// Packages whose licence requires more, and why they are accepted.
const EXCEPTIONS: [(&str, &str, &str); 1] = [(
    "option-ext",
    "MPL-2.0",
    "the macro of rust-embed reads `~` in paths with it: at build time, unchanged, in no binary",
)];

/// The only source of packages other than this repository.
const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// Packages in more than one version: the older versions, and the packages that need them.
const DUPLICATES: [(&str, &[&str], &str); 18] = [
    (
        "base64",
        &["0.21", "0.22"],
        "0.21: serde_dynamo; 0.22: axum, jsonwebtoken, Lambda's runtime, dynoxide",
    ),
    ("block-buffer", &["0.10"], "sha1 and sha2 0.10"),
    ("cpufeatures", &["0.2"], "sha1 and sha2 0.10"),
    ("crypto-common", &["0.1"], "sha1 and sha2 0.10"),
    ("digest", &["0.10"], "sha1 and sha2 0.10"),
    ("embedded-io", &["0.4"], "postcard, of oxc, names both"),
    (
        "getrandom",
        &["0.2", "0.3"],
        "0.2: signature, of jsonwebtoken, and ring; 0.3: ours, and tungstenite",
    ),
    ("hashbrown", &["0.12", "0.15"], "0.12: indexmap 1; 0.15: rusqlite, of dynoxide"),
    ("indexmap", &["1"], "serde_with, of Lambda's events, as an option that is off"),
    ("jiff", &["0.2"], "ours; serde_with, of Lambda's events, names 1 as an option that is off"),
    ("jiff-core", &["0.1"], "jiff 0.2"),
    ("num-bigint", &["0.4"], "simple_asn1, of jsonwebtoken, and bigdecimal, of dynoxide"),
    ("rand", &["0.9"], "tungstenite"),
    ("rand_core", &["0.6", "0.9"], "0.6: signature, of jsonwebtoken; 0.9: rand 0.9"),
    ("schemars", &["0.9"], "serde_with, of Lambda's events, as an option that is off"),
    ("sha2", &["0.10"], "ours"),
    (
        "syn",
        &["2"],
        "macros that have not moved to 3 yet, as those of tracing, pin-project and zeroize",
    ),
    ("untrusted", &["0.7"], "aws-lc-rs"),
];

fn metadata() -> Value {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args([
        "metadata",
        "--format-version",
        "1",
        "--offline",
        "--locked",
        "--filter-platform",
        "x86_64-unknown-linux-gnu",
    ]);
    let output = command.current_dir(file("")).output().expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// Name, version, licence and source of each package.
fn packages() -> Vec<[String; 4]> {
    let metadata = metadata();
    let text =
        |package: &Value, field: &str| package[field].as_str().unwrap_or_default().to_owned();
    let packages = metadata["packages"].as_array().expect("packages").iter();
    packages
        .map(|package| ["name", "version", "license", "source"].map(|field| text(package, field)))
        .collect()
}

/// Whether the licences of this list satisfy the expression.
fn is_allowed(expression: &str, allowed: &[&str]) -> bool {
    // Older packages write `MIT/Apache-2.0`, which means `OR`.
    let expression = Expression::parse_mode(expression, ParseMode::LAX);
    expression.is_ok_and(|expression| {
        expression.evaluate(|licence| allowed.contains(&licence.to_string().as_str()))
    })
}

/// The faults of these packages' licences.
fn licence_faults(
    packages: &[[String; 4]],
    allowed: &[&str],
    exceptions: &[(&str, &str, &str)],
) -> Vec<String> {
    let refused = |allowed: &[&str]| -> Vec<&[String; 4]> {
        packages.iter().filter(|[_, _, licence, _]| !is_allowed(licence, allowed)).collect()
    };
    let all_refused = refused(allowed);
    let is_exception = |name: &str, licence: &str| {
        exceptions.iter().any(|(its_name, its, _)| *its_name == name && *its == licence)
    };
    let unknown = all_refused.iter().filter(|[name, _, licence, _]| !is_exception(name, licence));
    let mut faults: Vec<String> = unknown
        .map(|[name, version, licence, _]| format!("{name} {version} has the licence {licence:?}"))
        .collect();
    // A licence is needed if more is refused without it.
    for licence in allowed {
        let others: Vec<&str> = allowed.iter().copied().filter(|other| other != licence).collect();
        if refused(&others).len() == all_refused.len() {
            faults.push(format!("no package needs {licence}"));
        }
    }
    let is_stale = |name: &str, licence: &str| {
        !all_refused.iter().any(|[its_name, _, its, _]| its_name == name && its == licence)
    };
    let stale = exceptions.iter().filter(|(name, licence, _)| is_stale(name, licence));
    faults
        .extend(stale.map(|(name, licence, _)| format!("{name} needs no exception for {licence}")));
    faults
}

/// The faults of these packages' sources.
fn source_faults(packages: &[[String; 4]]) -> Vec<String> {
    let elsewhere = packages.iter().filter(|[.., source]| !source.is_empty() && source != REGISTRY);
    elsewhere
        .map(|[name, version, _, source]| format!("{name} {version} comes from {source}"))
        .collect()
}

/// Packages in several versions that are not listed, and listed ones that do not exist.
fn duplicate_faults(packages: &[[String; 4]], listed: &[(&str, &[&str], &str)]) -> Vec<String> {
    let mut versions: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    // A package of this repository is no other version of a registry package of the same name.
    for [name, version, ..] in packages.iter().filter(|[.., source]| !source.is_empty()) {
        versions.entry(name).or_default().push(version);
    }
    let mut found: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for (name, mut versions) in versions {
        versions.sort_by_key(|version| {
            version
                .split(['.', '-', '+'])
                .map(|part| part.parse().unwrap_or(0_u64))
                .collect::<Vec<_>>()
        });
        versions.pop();
        if !versions.is_empty() {
            found.insert(name, versions.into_iter().map(release_line).collect());
        }
    }
    let mut faults = Vec::new();
    for (name, older, _) in listed {
        let older: BTreeSet<String> = older.iter().map(|version| (*version).to_owned()).collect();
        let there = found.remove(name).unwrap_or_default();
        if older != there {
            faults.push(format!("{name}: older versions {there:?}, listed {older:?}"));
        }
    }
    faults.extend(
        found
            .into_iter()
            .map(|(name, older)| format!("{name}: older versions {older:?}, not listed")),
    );
    faults
}

/// The part of a version that tells incompatible ones apart: `0.10` of 0.10.9, `1` of 1.2.3. An
/// update within it changes no list.
fn release_line(version: &str) -> String {
    let mut parts = version.split('.');
    match (parts.next(), parts.next()) {
        (Some("0"), Some(minor)) => format!("0.{minor}"),
        (Some(major), _) => major.to_owned(),
        (None, _) => String::new(),
    }
}

#[test]
fn licences_sources_and_duplicates_are_the_known_ones() {
    let packages = packages();
    assert!(packages.len() > 300, "cargo metadata names {} packages", packages.len());
    let mut faults = licence_faults(&packages, &LICENCES, &EXCEPTIONS);
    faults.extend(source_faults(&packages));
    faults.extend(duplicate_faults(&packages, &DUPLICATES));
    assert!(faults.is_empty(), "tests/contract/packages.rs must know this:\n{}", faults.join("\n"));
}

/// Background functions, and the packages that they must not link: the edge and its dependencies.
const BACKGROUND: [&str; 6] = ["activity", "relay", "notice", "digest", "feedback", "inbound"];
const EDGE: [&str; 6] = ["http v0.1.0", "axum", "utoipa", "lambda_http", "jsonwebtoken", "tower"];

/// The packages that this function links, each with the package that depends on it.
fn links(function: &str) -> Vec<(String, String)> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["tree", "--offline", "--locked", "--edges", "normal", "--prefix", "depth"]);
    let output =
        command.current_dir(file(&format!("functions/{function}"))).output().expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let (mut above, mut links) = (Vec::<String>::new(), Vec::new());
    for line in String::from_utf8(output.stdout).expect("text").lines() {
        let name = line.trim_start_matches(|c: char| c.is_ascii_digit());
        let depth = line[..line.len() - name.len()].parse().expect("a depth");
        above.truncate(depth);
        links.push((above.last().cloned().unwrap_or_default(), name.to_owned()));
        above.push(name.to_owned());
    }
    links
}

/// Background functions need no HTTP server. Lambda's own runtime depends on tower, so the test
/// rejects tower only as a dependency of our own crates.
#[test]
fn background_functions_link_nothing_of_the_edge() {
    for function in BACKGROUND {
        let links = links(function);
        assert!(links.len() > 100, "cargo tree names {} packages", links.len());
        let is_ours = |package: &str| package.contains("(/");
        let edge = links.iter().filter(|(above, package)| {
            EDGE.iter().any(|name| package.starts_with(name))
                && (is_ours(above) || !package.starts_with("tower"))
        });
        let edge: BTreeSet<_> = edge.collect();
        assert!(edge.is_empty(), "{function} links the edge: its Cargo.toml, or one of {edge:#?}");
    }
}

/// Unlike `cargo metadata` above, the lock names the packages of all platforms.
#[test]
fn the_lock_names_no_other_source_and_a_checksum_for_each_package() {
    let lock = std::fs::read_to_string(file("Cargo.lock")).expect("the lock");
    let (mut packages, mut foreign) = (0, Vec::new());
    for package in lock.split("[[package]]").skip(1) {
        let field = |name: &str| {
            package
                .lines()
                .find_map(|line| line.strip_prefix(&format!("{name} = ")))
                .map(|value| value.trim_matches('"'))
        };
        let Some(source) = field("source") else { continue };
        packages += 1;
        if source != REGISTRY || field("checksum").is_none_or(|sum| sum.len() != 64) {
            foreign.push(format!("{:?} from {source}", field("name")));
        }
    }
    assert!(packages > 300 && foreign.is_empty(), "{packages} packages, of which: {foreign:#?}");
}

#[test]
fn unknown_packages_and_stale_list_entries_are_found() {
    let package = |name: &str, version: &str, licence: &str, source: &str| {
        [name, version, licence, source].map(str::to_owned)
    };
    let of = |licence: &str| vec![package("a", "1.0.0", licence, REGISTRY)];
    let allowed = ["MIT", "Apache-2.0"];
    for good in ["MIT AND Apache-2.0", "(MIT OR GPL-3.0-only) AND Apache-2.0"] {
        assert_eq!(licence_faults(&of(good), &allowed, &[]), Vec::<String>::new(), "{good}");
    }
    for bad in [
        "",
        "MIT AND GPL-3.0-only",
        "(MIT OR Apache-2.0) AND CDLA-Permissive-2.0",
        "Apache-2.0 WITH LLVM-exception",
        "No such licence",
    ] {
        assert!(!licence_faults(&of(bad), &allowed, &[]).is_empty(), "{bad}");
    }
    assert_eq!(licence_faults(&of("MIT/ISC"), &["MIT"], &[]), Vec::<String>::new());
    assert_eq!(licence_faults(&of("MIT"), &["MIT", "ISC"], &[]), ["no package needs ISC"]);
    assert_eq!(licence_faults(&of("MPL-2.0"), &[], &[("a", "MPL-2.0", "")]), Vec::<String>::new());
    assert_eq!(licence_faults(&of("MPL-2.0"), &[], &[("a", "EPL-2.0", "")]).len(), 2);
    assert_eq!(
        licence_faults(&of("MIT"), &["MIT"], &[("a", "MPL-2.0", "")]),
        ["a needs no exception for MPL-2.0"]
    );

    let elsewhere = [
        "git+https://github.com/a/b#1",
        "registry+https://packages.example/index",
        "sparse+https://packages.example/",
    ];
    for source in elsewhere {
        assert_eq!(source_faults(&[package("a", "1.0.0", "MIT", source)]).len(), 1, "{source}");
    }
    assert!(source_faults(&[package("own", "0.1.0", "MIT", "")]).is_empty());

    let versions: Vec<_> =
        ["0.9.1", "0.10.4", "1.2.0"].map(|version| package("a", version, "MIT", REGISTRY)).into();
    assert_eq!(duplicate_faults(&versions, &[("a", &["0.9", "0.10"], "")]), Vec::<String>::new());
    for listed in [&[][..], &[("a", &["0.9"][..], "")], &[("a", &["0.9", "0.10", "1"], "")]] {
        assert_eq!(duplicate_faults(&versions, listed).len(), 1, "{listed:?}");
    }
    assert_eq!(duplicate_faults(&versions[..1], &[("a", &["0.8"], "")]).len(), 1, "a stale entry");
}

/// A crate that is not on the list of `app::telemetry` logs nothing below `warn`.
#[test]
fn the_lines_of_all_our_crates_are_logged() {
    let telemetry = std::fs::read_to_string(file("shared/app/src/telemetry.rs")).expect("a file");
    let mut missing = BTreeSet::new();
    for house in ["shared", "functions"] {
        for member in std::fs::read_dir(file(house)).expect("a folder").flatten() {
            let name = member.file_name().to_string_lossy().into_owned();
            if logs_below_warn(&member.path().join("src")) && !telemetry.contains(&quoted(&name)) {
                missing.insert(name);
            }
        }
    }
    assert!(missing.is_empty(), "OURS of shared/app/src/telemetry.rs lacks {missing:?}");
}

fn quoted(name: &str) -> String {
    format!("    \"{name}\",")
}

fn logs_below_warn(folder: &std::path::Path) -> bool {
    std::fs::read_dir(folder).into_iter().flatten().flatten().any(|entry| {
        let path = entry.path();
        if path.is_dir() {
            return logs_below_warn(&path);
        }
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        ["tracing::info", "tracing::debug"].iter().any(|call| text.contains(call))
    })
}
