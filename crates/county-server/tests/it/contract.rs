//! The served document held against the server by schemathesis: whatever the document allows or forbids, nothing
//! breaks the server, and it answers as the document says.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::support::http::Line;
use crate::support::site::{Host as _, Site};

const VERSION: &str = "4.32.5";
const CHECKS: &str =
    "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance";

fn must(command: &mut Command, what: &str) -> Output {
    let output = command.output().unwrap_or_else(|error| panic!("{what}: {error}"));
    let said = [&output.stdout[..], &output.stderr].concat();
    assert!(output.status.success(), "{what}:\n{}", String::from_utf8_lossy(&said));
    output
}

/// The program, installed below the target folder the first time.
fn schemathesis() -> PathBuf {
    let venv = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("schemathesis-{VERSION}"));
    let installed = venv.join("installed");
    if !installed.exists() {
        let no_venv = "no virtual environment; the Debian package python3-venv makes it possible";
        must(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&venv), no_venv);
        let package = format!("schemathesis=={VERSION}");
        let arguments = ["install", "--quiet", "--disable-pip-version-check", &package];
        must(
            Command::new(venv.join("bin/pip")).args(arguments),
            "schemathesis cannot be installed from PyPI",
        );
        std::fs::write(installed, VERSION).unwrap();
    }
    venv.join("bin/schemathesis")
}

#[test]
fn the_server_keeps_to_the_document_that_it_serves() {
    let site = Site::open(env!("CARGO_BIN_EXE_county-server"));
    let work = tempfile::tempdir().unwrap();
    let document = work.path().join("openapi.json");
    let served = Line::open(&site.address()).ask("GET", "/openapi.json", b"").body;
    std::fs::write(&document, &served).unwrap();
    let operations =
        serde_json::from_slice::<serde_json::Value>(&served).unwrap()["paths"].as_object().unwrap().len();
    let output = must(
        Command::new(schemathesis())
            .arg("run")
            .arg(&document)
            .args(["--url", &format!("http://{}", site.address()), "--checks", CHECKS])
            .args(["--phases", "examples,coverage,fuzzing", "--max-examples", "100", "--seed", "20261127"])
            .env("SCHEMATHESIS_HOOKS", "contract")
            .env("PYTHONPATH", Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it"))
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .current_dir(work.path()),
        "the server does not keep to its document",
    );
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains(&format!("Tested: {operations}\n")), "not every operation was tried:\n{said}");
    assert_eq!(Line::open(&site.address()).ask("GET", "/healthz", b"").status, 200);
}
