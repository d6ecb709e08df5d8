//! The one place that writes to standard output and standard error. Colours only where a person looks at a terminal
//! that has them.

use std::io::{self, IsTerminal, Write};

use serde_json::Value;

use crate::options::Format;

/// What a colour says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    Plain,
    Good,
    Bad,
    /// Under way, or waiting.
    Busy,
    Faint,
}

#[derive(Debug, Clone, Copy)]
pub struct Terminal {
    format: Format,
    is_coloured: bool,
}

impl Terminal {
    pub fn new(format: Format) -> Terminal {
        let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        Terminal { format, is_coloured: io::stdout().is_terminal() && !is_set("NO_COLOR") && !is_dumb }
    }

    pub fn is_json(&self) -> bool {
        self.format.is_json()
    }

    /// One line for people; nothing where the answer is JSON.
    pub fn line(&self, text: impl AsRef<str>) -> io::Result<()> {
        if self.is_json() { Ok(()) } else { write_line(io::stdout(), text.as_ref()) }
    }

    pub fn lines(&self, lines: &[String]) -> io::Result<()> {
        lines.iter().try_for_each(|line| self.line(line))
    }

    /// The answer for scripts; nothing where the answer is for people.
    pub fn json(&self, value: &Value) -> io::Result<()> {
        if self.is_json() { write_line(io::stdout(), &format!("{value:#}")) } else { Ok(()) }
    }

    pub fn paint(&self, tone: Tone, text: &str) -> String {
        let code = match tone {
            _ if !self.is_coloured => return text.to_owned(),
            Tone::Plain => return text.to_owned(),
            Tone::Good => "32",
            Tone::Bad => "31",
            Tone::Busy => "33",
            Tone::Faint => "2",
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }

    #[cfg(test)]
    pub fn plain() -> Terminal {
        Terminal { format: Format::default(), is_coloured: false }
    }

    #[cfg(test)]
    pub fn coloured() -> Terminal {
        Terminal { format: Format::default(), is_coloured: true }
    }
}

/// A line for whoever reads it, if someone does.
pub fn say(line: &str) {
    let _ = write_line(io::stdout(), line);
}

/// A complaint. That it can't be written is nothing one could complain of.
pub fn complain(text: &str) {
    let _ = write_line(io::stderr(), &format!("stepwell: {text}"));
}

fn write_line(mut to: impl Write, line: &str) -> io::Result<()> {
    to.write_all(format!("{line}\n").as_bytes())?;
    to.flush()
}
