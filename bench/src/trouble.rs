//! What can go wrong while measuring. A figure that was taken in trouble is no figure: any of these ends the run.

use std::fmt::Display;

/// Why a run gave no figures.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    #[error("{doing}: {source}")]
    Io { doing: String, source: std::io::Error },
    /// The server answered something else than success.
    #[error("{operation} was answered {status}: {body}")]
    Refused { operation: String, status: u16, body: String },
    #[error("{0}")]
    Other(String),
}

impl Trouble {
    pub fn other(text: impl Into<String>) -> Self {
        Self::Other(text.into())
    }

    /// Whether the server says to come again later.
    #[must_use]
    pub fn is_throttling(&self) -> bool {
        match self {
            Self::Refused { status, body, .. } => matches!(status, 429 | 503) || body.contains("Throttl"),
            Self::Io { .. } | Self::Other(_) => false,
        }
    }
}

/// Says what was being done when something failed.
pub trait Doing<T> {
    /// # Errors
    /// The error with what was being done.
    fn doing(self, what: impl Display) -> Result<T, Trouble>;
}

impl<T> Doing<T> for std::io::Result<T> {
    fn doing(self, what: impl Display) -> Result<T, Trouble> {
        self.map_err(|source| Trouble::Io { doing: what.to_string(), source })
    }
}

impl<T> Doing<T> for serde_json::Result<T> {
    fn doing(self, what: impl Display) -> Result<T, Trouble> {
        self.map_err(|error| Trouble::other(format!("{what}: {error}")))
    }
}
