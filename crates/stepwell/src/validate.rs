//! `stepwell validate`: what is wrong with a definition, and what is most likely not meant, each with its line and column.
//! Asks no server: the definition is read as the server of this version would read it.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use serde_json::{Value, json};
use stepwell_asl::definition::{MachineType, StateMachine};
use stepwell_asl::diagnostic::{Diagnostic, Severity};

use crate::failure::{Failure, Outcome};
use crate::options::Format;
use crate::terminal::Terminal;

/// Check a definition in the Amazon States Language
///
/// Prints a line for each problem: file, line and column, severity, AWS's code and message. The exit code is 1 if there is
/// an error, and 0 if there are only warnings.
#[derive(Debug, Args)]
pub struct Validate {
    /// The definition, JSON; `-` is standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The type of the state machine
    #[arg(long = "type", value_name = "TYPE", value_enum, default_value_t = Kind::Standard)]
    kind: Kind,
    #[command(flatten)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    Standard,
    Express,
}

pub fn run(validate: &Validate, format: Format) -> Outcome<ExitCode> {
    let terminal = Terminal::new(validate.format.or(format));
    let definition = read(&validate.file)?;
    let machine_type = match validate.kind {
        Kind::Standard => MachineType::Standard,
        Kind::Express => MachineType::Express,
    };
    let found = StateMachine::diagnose(&definition, machine_type);
    terminal.json(&found.iter().map(|diagnostic| item(diagnostic, &definition)).collect())?;
    for diagnostic in &found {
        terminal.line(line(diagnostic, &definition, &validate.file))?;
    }
    let fails = found.iter().any(|diagnostic| diagnostic.severity == Severity::Error);
    Ok(if fails { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn read(file: &Path) -> Outcome<String> {
    let mut text = String::new();
    let read = match file.to_str() {
        Some("-") => std::io::stdin().read_to_string(&mut text).map(drop),
        _ => std::fs::read_to_string(file).map(|read| text = read),
    };
    read.map_err(|error| Failure::told(format!("`{}` can't be read: {error}", file.display())))?;
    Ok(text)
}

fn item(diagnostic: &Diagnostic, definition: &str) -> Value {
    let position = diagnostic.position(definition);
    json!({
        "severity": diagnostic.severity.as_str(),
        "code": diagnostic.code.as_str(),
        "message": diagnostic.message,
        "location": diagnostic.location,
        "line": position.map(|position| position.line),
        "column": position.map(|position| position.column),
    })
}

/// As compilers write it, so that editors find the place.
fn line(diagnostic: &Diagnostic, definition: &str, file: &Path) -> String {
    let position = diagnostic.position(definition);
    let (line, column) = position.map_or((1, 1), |position| (position.line, position.column));
    let location = diagnostic.location.as_deref().filter(|location| location.starts_with('/'));
    format!(
        "{}:{line}:{column}: {}: {}: {}{}",
        file.display(),
        diagnostic.severity.as_str().to_lowercase(),
        diagnostic.code.as_str(),
        diagnostic.message.replace('\n', " "),
        location.map(|location| format!(" ({location})")).unwrap_or_default(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_is_told_with_its_place() {
        let definition = "{\n \"StartAt\": \"B\",\n \"States\": {\"A\": {\"Type\": \"Succeed\"}}}";
        let found = StateMachine::diagnose(definition, MachineType::Standard);
        let lines: Vec<String> = found.iter().map(|d| line(d, definition, Path::new("m.json"))).collect();
        assert_eq!(
            lines,
            ["m.json:2:13: error: MISSING_TRANSITION_TARGET: Missing 'StartAt' target: B (/StartAt)"]
        );
        assert_eq!(item(&found[0], definition)["column"], 13);
    }

    #[test]
    fn a_broken_text_has_a_place_too() {
        let definition = "{\n  nope";
        let found = StateMachine::diagnose(definition, MachineType::Standard);
        assert!(line(&found[0], definition, Path::new("-")).starts_with("-:2:"), "{found:?}");
    }
}
