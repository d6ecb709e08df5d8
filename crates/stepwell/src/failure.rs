//! Why a command didn't do what it was asked: small facts, each told in one line. AWS's own refusals keep their code
//! and message; what went wrong on the way to the server says where it went wrong.

use std::io;
use std::path::PathBuf;

pub type Outcome<T> = Result<T, Failure>;

/// The longest message that is told in full; AWS quotes whole templates in some of them.
const LONGEST_MESSAGE: usize = 2000;

#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error("{operation} failed: {code}: {message}")]
    Refused { operation: String, code: String, message: String },
    #[error("no server answers at `{endpoint}`: {reason}{}", hint(endpoint))]
    Unreachable { endpoint: String, reason: String },
    #[error("{operation} got an answer that can't be understood: {reason}")]
    Unintelligible { operation: String, reason: String },
    #[error("cannot read `{}`: {source}", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("cannot write the answer: {0}")]
    Unwritable(#[from] io::Error),
    /// What the command itself has to say.
    #[error("{0}")]
    Told(String),
}

impl Failure {
    pub fn told(message: impl Into<String>) -> Failure {
        Failure::Told(message.into())
    }

    /// Whether AWS refused with this code.
    pub fn has_code(&self, wanted: &str) -> bool {
        matches!(self, Failure::Refused { code, .. } if code == wanted)
    }

    /// Whether AWS says that what was asked for isn't there (CloudFormation has no code of its own for it).
    pub fn says_missing(&self) -> bool {
        matches!(self, Failure::Refused { code, message, .. }
            if code == "ValidationError" && message.contains("does not exist"))
    }

    /// Whoever read our output has had enough of it (`… | head`): nothing to complain of.
    pub fn is_closed_pipe(&self) -> bool {
        matches!(self, Failure::Unwritable(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }

    /// The failure in one line.
    pub fn line(&self) -> String {
        let text = self.to_string();
        let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
        match words.char_indices().nth(LONGEST_MESSAGE) {
            Some((end, _)) => format!("{}…", &words[..end]),
            None => words,
        }
    }
}

fn hint(endpoint: &str) -> &'static str {
    if crate::options::is_loopback(endpoint) { " (`stepwell serve` starts one)" } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_one_line_of_bounded_length() {
        let refused = |message: &str| Failure::Refused {
            operation: "CreateChangeSet".to_owned(),
            code: "ValidationError".to_owned(),
            message: message.to_owned(),
        };
        assert_eq!(refused("a\n  b").line(), "CreateChangeSet failed: ValidationError: a b");
        assert_eq!(refused(&"é".repeat(9999)).line().chars().count(), LONGEST_MESSAGE + 1);
        let unreachable = |endpoint: &str| Failure::Unreachable {
            endpoint: endpoint.to_owned(),
            reason: "connection refused".to_owned(),
        };
        assert_eq!(
            unreachable("http://127.0.0.1:1").line(),
            "no server answers at `http://127.0.0.1:1`: connection refused (`stepwell serve` starts one)"
        );
        assert_eq!(
            unreachable("https://far.example").line(),
            "no server answers at `https://far.example`: connection refused"
        );
    }
}
