//! The server's log: one line an event on standard error, for people or as JSON.
//!
//! Whoever has a task token or a session token may act with it, and logs are read by many: such tokens are shortened in every line,
//! whatever brought them there.

use clap::ValueEnum;
use std::io::{self, IsTerminal, Write};
use std::panic::PanicHookInfo;
use tracing_subscriber::EnvFilter;

/// What is said unless the operator wants more or less.
pub const DEFAULT_FILTER: &str = "info,fjall=warn,lsm_tree=warn";

/// How lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Form {
    /// For people
    Text,
    /// One JSON object a line
    Json,
}

/// Begins to log. Panics are logged as well.
pub fn start(form: Form, filter: EnvFilter) {
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_target(false)
        .with_writer(|| Shortening(io::stderr()));
    match form {
        Form::Text => log.with_ansi(io::stderr().is_terminal()).init(),
        Form::Json => log.json().flatten_event(true).with_span_list(false).init(),
    }
    std::panic::set_hook(Box::new(panicked));
}

fn panicked(panic: &PanicHookInfo<'_>) {
    let payload = panic.payload();
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("no text");
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    let thread = std::thread::current().name().unwrap_or_default().to_owned();
    tracing::error!(thread, place, "panicked: {text}");
}

/// Writes lines with tokens shortened. A line comes in one write.
struct Shortening<W>(W);

impl<W: Write> Write for Shortening<W> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        match shortened(line) {
            Some(line) => self.0.write_all(&line)?,
            None => self.0.write_all(line)?,
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Eight of these are the zero bits with which each task token begins: shard and state machine are small numbers.
const TASK_TOKEN_BEGINS: &[u8] = b"AAAAAAAA";
const SHORTEST_TASK_TOKEN: usize = 60;
/// Of base64, such as session tokens and receipt handles. Paths are seldom so long, and have a dot or a dash.
const SHORTEST_SEALED: usize = 120;
/// What is left of a token: enough to tell it from others.
const LEFT: usize = 11;

/// The line with its tokens shortened; nothing if it has none.
fn shortened(line: &[u8]) -> Option<Vec<u8>> {
    let is_token = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_+/=".contains(byte);
    let mut written = Vec::new();
    let mut kept = 0;
    let mut start = 0;
    while start < line.len() {
        let run = line[start..].iter().take_while(|byte| is_token(byte)).count();
        if let Some((from, to)) = secret(&line[start..start + run]) {
            written.extend_from_slice(&line[kept..start + from]);
            written.extend_from_slice("…".as_bytes());
            kept = start + to - LEFT;
        }
        start += run.max(1);
    }
    if kept == 0 {
        return None;
    }
    written.extend_from_slice(&line[kept..]);
    Some(written)
}

/// Where in a run of letters a token is.
fn secret(run: &[u8]) -> Option<(usize, usize)> {
    if run.len() < SHORTEST_TASK_TOKEN {
        return None;
    }
    let begins = run.windows(TASK_TOKEN_BEGINS.len()).position(|window| window == TASK_TOKEN_BEGINS);
    if let Some(from) = begins.filter(|from| run.len() - from >= SHORTEST_TASK_TOKEN) {
        return Some((from, run.len()));
    }
    let is_sealed = run.len() >= SHORTEST_SEALED && !run.iter().any(|byte| b"-_".contains(byte));
    is_sealed.then_some((0, run.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "AAAAAAAAAAAAAwAAAAAAAAAFAAAAAAAAAAAAAAABx9vK1mZ3Q0-p_w7TR1ihk-UtDw";

    fn told(line: &str) -> String {
        let mut written = Vec::new();
        Shortening(&mut written).write_all(line.as_bytes()).unwrap();
        String::from_utf8(written).unwrap()
    }

    #[test]
    fn a_task_token_is_shortened_wherever_it_stands() {
        for (before, after) in
            [("", ""), ("taskToken=", " x"), ("{\\\"t\\\":\\\"", "\\\"}"), ("\\n", "\\n"), ("é ", "é")]
        {
            let line = format!("{before}{TOKEN}{after}\n");
            let told = told(&line);
            assert!(!told.contains(TOKEN) && told.contains("…TR1ihk-UtDw"), "{told}");
            assert!(told.starts_with(before) && told.ends_with(&format!("{after}\n")), "{told}");
        }
        assert_eq!(told(&format!("{TOKEN} {TOKEN}")), "…TR1ihk-UtDw …TR1ihk-UtDw");
    }

    #[test]
    fn session_tokens_are_shortened_and_what_people_read_is_not() {
        let sealed = "Zm9v+/".repeat(40);
        assert!(told(&sealed).len() < 20);
        for line in [
            "listening on 127.0.0.1:4566",
            "arn:aws:states:us-east-1:000000000000:execution:orders:0b9f3c3e-6f0c-4a5a-9a55-0a8f7c0de5a1",
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "/var/lib/stepwell/functions/code/e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855/index.js",
            "a-state-machine-whose-name-is-of-all-the-eighty-characters-that-are-allowed-here",
        ] {
            assert_eq!(told(line), line);
        }
    }
}
