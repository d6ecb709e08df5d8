//! A JSON text given on the command line: itself, `@` and the name of a file that has it, or `-` for standard input.
//! Whether it is JSON is for the server to say.

use std::io::Read;
use std::path::{Path, PathBuf};

use crate::failure::{Failure, Outcome};

/// The text that an argument stands for.
pub fn text(argument: &str) -> Outcome<String> {
    let read = |path: &Path| match argument {
        "-" => {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text).map(|_| text)
        }
        _ => std::fs::read_to_string(path),
    };
    let path = match argument {
        "-" => PathBuf::from("standard input"),
        _ => match argument.strip_prefix('@') {
            Some(file) => PathBuf::from(file),
            None => return Ok(argument.to_owned()),
        },
    };
    read(&path).map_err(|source| Failure::Unreadable { path, source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_stands_for_itself_or_is_in_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("input.json");
        std::fs::write(&path, "{\"a\": 1}\n").unwrap();
        assert_eq!(text("{\"b\": \"@x\"}").unwrap(), "{\"b\": \"@x\"}");
        assert_eq!(text(&format!("@{}", path.display())).unwrap(), "{\"a\": 1}\n");
        assert!(text("@/nowhere").unwrap_err().line().starts_with("cannot read `/nowhere`: No such file"));
        std::fs::write(&path, b"\xff").unwrap();
        assert!(text(&format!("@{}", path.display())).unwrap_err().line().contains("UTF-8"));
    }
}
