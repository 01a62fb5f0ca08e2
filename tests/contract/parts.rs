//! `./test`: the workflow runs all its parts. A failed part is reported and stops no other.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use crate::file;

/// Runs `./test` of this folder; returns its exit code and output.
fn run(folder: &Path, arguments: &[&str]) -> (i32, String) {
    let mut command = Command::new("bash");
    let output =
        command.arg(folder.join("test")).args(arguments).env_remove("JOBS").output().expect("bash");
    (output.status.code().expect("it ends"), String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The names in the list of parts.
fn listed() -> BTreeSet<String> {
    let (code, list) = run(&file(""), &["--list"]);
    assert_eq!(code, 0);
    list.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

#[test]
fn each_script_is_a_part_with_a_description() {
    let folder = std::fs::read_dir(file("tests/parts")).expect("a folder");
    let names =
        folder.map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"));
    let scripts: BTreeSet<String> =
        names.filter_map(|name| name.strip_suffix(".sh").map(str::to_owned)).collect();
    assert_eq!(listed(), scripts);
    for script in &scripts {
        let text =
            std::fs::read_to_string(file(&format!("tests/parts/{script}.sh"))).expect("a script");
        let field = |name: &str| {
            text.lines()
                .find_map(|line| line.strip_prefix(&format!("# {name}: ")))
                .unwrap_or_default()
                .trim()
                .to_owned()
        };
        assert!(!field("what").is_empty(), "{script}");
        for need in field("needs").split_whitespace() {
            assert!(scripts.contains(need), "{script} needs {need}");
        }
    }
}

#[test]
fn the_jobs_of_the_workflow_together_run_every_part() {
    let text = std::fs::read_to_string(file(".github/workflows/ci.yml")).expect("the workflow");
    let workflow: serde_json::Value = serde_yaml_ng::from_str(&text).expect("YAML");
    let mut run_by_jobs = BTreeSet::new();
    for job in workflow["jobs"].as_object().expect("jobs").values() {
        assert!(
            job.get("if").is_none() && job.get("continue-on-error").is_none(),
            "each job must run, and can fail"
        );
        let matrix = job["strategy"]["matrix"]["parts"].as_array().expect("a matrix of parts");
        let steps = job["steps"].as_array().expect("steps");
        let is_run =
            |step: &&serde_json::Value| step["run"] == "./test --may-skip ${{ matrix.parts }}";
        let step = steps.iter().find(is_run).expect("a step that runs the parts");
        assert!(step.get("if").is_none() && step.get("continue-on-error").is_none());
        run_by_jobs.extend(
            matrix
                .iter()
                .flat_map(|parts| parts.as_str().expect("names").split_whitespace())
                .map(str::to_owned),
        );
    }
    assert_eq!(run_by_jobs, listed());
    let ci = std::fs::read_to_string(file(".ci/run")).expect("a script");
    assert!(ci.lines().any(|line| line == "exec ./test"), "all parts, without a name");
}

/// A folder with `./test` and sample parts: name, needs, and commands.
fn with_sample_parts(name: &str, parts: &[(&str, &str, &str)]) -> std::path::PathBuf {
    let folder = std::env::temp_dir().join(format!("chat-parts-{name}-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(folder.join("tests/parts")).expect("a folder");
    let names: Vec<&str> = parts.iter().map(|(name, ..)| *name).collect();
    let runner = std::fs::read_to_string(file("test")).expect("the runner");
    let (before, after) = runner.split_once("\nPARTS=(").expect("its list");
    let (_, after) = after.split_once(")\n").expect("the list's end");
    std::fs::write(folder.join("test"), format!("{before}\nPARTS=({})\n{after}", names.join(" ")))
        .expect("written");
    for (name, needs, does) in parts {
        let script =
            format!("#!/usr/bin/env bash\n# what: is made up\n# needs: {needs}\nset -e\n{does}\n");
        std::fs::write(folder.join(format!("tests/parts/{name}.sh")), script).expect("written");
    }
    folder
}

const PARTS: [(&str, &str, &str); 6] = [
    ("good", "", "echo the good one ran"),
    ("bad", "", "echo the bad one ran; false; echo not reached"),
    ("build", "", "echo the build ran"),
    ("uses", "build", "echo the user ran"),
    ("depends", "bad", "echo must not run"),
    ("odd", "", "echo SKIPPED: no such machine; exit 77"),
];

#[test]
fn a_failed_part_stops_no_other_and_is_reported_at_the_end() {
    let folder = with_sample_parts("all", &PARTS);
    let (code, said) = run(&folder, &[]);
    assert_eq!(code, 1, "{said}");
    for ran in ["the good one ran", "the bad one ran", "the build ran", "the user ran"] {
        assert_eq!(said.matches(ran).count(), 1, "{ran}: {said}");
    }
    assert!(!said.contains("not reached") && !said.contains("must not run"), "{said}");
    let (_, results) = said.split_once("== Results\n").expect("results");
    for (part, state) in [
        ("good", "passed"),
        ("bad", "failed"),
        ("uses", "passed"),
        ("depends", "failed"),
        ("odd", "skipped"),
    ] {
        let line =
            results.lines().find(|line| line.split_whitespace().nth(1) == Some(part)).expect(part);
        assert!(line.starts_with(state), "{line}");
    }
    assert!(
        results.contains("needs bad, which failed") && results.contains("no such machine"),
        "{results}"
    );
    assert_eq!(said.lines().last(), Some("3 passed, 2 failed, 1 skipped"));
    let _ = std::fs::remove_dir_all(folder);
}

#[test]
fn named_parts_run_with_what_they_need_and_must_not_be_skipped() {
    let folder = with_sample_parts("named", &PARTS);
    let last = |arguments: &[&str]| {
        let (code, said) = run(&folder, arguments);
        (code, said.lines().last().unwrap_or_default().to_owned(), said)
    };
    let (code, line, said) = last(&["uses"]);
    assert_eq!((code, line.as_str()), (0, "2 passed, 0 failed"), "{said}");
    assert!(said.find("the build ran") < said.find("the user ran"), "{said}");
    let (code, line, said) = last(&["good"]);
    assert_eq!((code, line.as_str()), (0, "1 passed, 0 failed"), "{said}");
    assert!(said.contains("the good one ran"), "{said}");
    let (code, line, _) = last(&["odd", "good"]);
    assert_eq!((code, line.as_str()), (1, "1 passed, 1 failed"));
    let (code, line, _) = last(&["--may-skip", "odd", "good"]);
    assert_eq!((code, line.as_str()), (0, "1 passed, 0 failed, 1 skipped"));
    let (code, ..) = last(&["no-such-part"]);
    assert_eq!(code, 2);
    let _ = std::fs::remove_dir_all(folder);
}
