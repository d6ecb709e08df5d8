//! What can be wrong with a path: its text (at create time), or what it meets (at run time). The texts at run time are
//! those that AWS puts after `Invalid path '…' : `.

use std::fmt;

/// The text is no path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathSyntax {
    pub message: String,
    /// Where in the text, in bytes.
    pub at: usize,
}

impl fmt::Display for PathSyntax {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for PathSyntax {}

/// The path does not lead anywhere in this document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PathError {
    NoResults {
        path: String,
    },
    MissingProperty {
        path: String,
    },
    NoVariable {
        name: String,
    },
    /// `ResultPath` cannot put its result there.
    CannotWrite {
        path: String,
    },
}

impl fmt::Display for PathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PathError::NoResults { path } => write!(f, "No results for path: {path}"),
            PathError::MissingProperty { path } => write!(f, "Missing property in path {path}"),
            PathError::NoVariable { name } => write!(f, "Variable '${name}' is not defined"),
            PathError::CannotWrite { path } => write!(f, "Unable to apply path {path}"),
        }
    }
}

impl std::error::Error for PathError {}
