//! A function's log: the stream of one process, its lines, and the tail that a caller may ask for.
//!
//! What a process prints is other people's bytes: it may be endless, binary, or one line without an end. Lines are cut
//! at what CloudWatch takes, and what one invocation may write has a limit that is said once when it is reached.

use std::sync::Arc;

use crate::clock;
use crate::spec::{FunctionLog, FunctionSpec, LogSink};

/// CloudWatch's largest event.
const MAX_LINE_BYTES: usize = 256 * 1024;
/// What one invocation may print before the rest is dropped.
const MAX_INVOCATION_BYTES: usize = 16 * 1024 * 1024;
/// `X-Amz-Log-Result` holds the last 4 KB.
const TAIL_BYTES: usize = 4096;

pub(crate) struct ProcessLog {
    sink: Arc<dyn LogSink>,
    account: Arc<str>,
    region: Arc<str>,
    group: Arc<str>,
    stream: Arc<str>,
    /// The beginning of a line whose end hasn't come yet.
    partial: Vec<u8>,
    written: usize,
    tail: Option<String>,
}

impl ProcessLog {
    pub fn new(sink: Arc<dyn LogSink>, spec: &FunctionSpec, process_id: &str) -> ProcessLog {
        let stream = format!("{}/[{}]{process_id}", clock::date_path(clock::now_ms()), spec.version);
        ProcessLog {
            sink,
            account: spec.account.as_str().into(),
            region: spec.region.as_str().into(),
            group: spec.log_group.as_str().into(),
            stream: stream.into(),
            partial: Vec::new(),
            written: 0,
            tail: None,
        }
    }

    pub fn stream(&self) -> &str {
        &self.stream
    }

    /// A new invocation begins: its budget is whole again, and its tail, if wanted, starts here.
    pub fn begin(&mut self, log_tail: bool) {
        self.written = 0;
        self.tail = log_tail.then(String::new);
    }

    pub fn take_tail(&mut self) -> Option<String> {
        self.tail.take()
    }

    /// A line of the platform: START, END, REPORT and the like. It isn't counted against the function's budget.
    pub fn platform(&mut self, line: &str) {
        self.end_line();
        self.emit(format!("{line}\n"));
    }

    /// Bytes that the process printed, in any shape.
    pub fn printed(&mut self, mut bytes: &[u8]) {
        while let Some(end) = bytes.iter().position(|&byte| byte == b'\n') {
            let (line, rest) = bytes.split_at(end);
            self.extend_line(line);
            self.finish_line();
            bytes = rest.strip_prefix(b"\n").unwrap_or(rest);
        }
        self.extend_line(bytes);
    }

    /// The process stopped printing for now: a line without an end is a line.
    pub fn end_line(&mut self) {
        if !self.partial.is_empty() {
            self.finish_line();
        }
    }

    fn extend_line(&mut self, mut bytes: &[u8]) {
        while self.partial.len() + bytes.len() >= MAX_LINE_BYTES {
            let (head, rest) = bytes.split_at(MAX_LINE_BYTES - 1 - self.partial.len());
            self.partial.extend_from_slice(head);
            self.finish_line();
            bytes = rest;
        }
        self.partial.extend_from_slice(bytes);
    }

    fn finish_line(&mut self) {
        let line = std::mem::take(&mut self.partial);
        let before = self.written;
        self.written = before.saturating_add(line.len() + 1);
        if self.written <= MAX_INVOCATION_BYTES {
            self.emit(readable(&line));
        } else if before <= MAX_INVOCATION_BYTES {
            self.emit(
                "The function printed more than 16 MiB; the rest of this invocation's output is dropped\n"
                    .into(),
            );
        }
    }

    fn emit(&mut self, message: String) {
        if let Some(tail) = &mut self.tail {
            tail.push_str(&message);
            keep_last(tail, TAIL_BYTES);
        }
        self.sink.line(FunctionLog {
            account: self.account.clone(),
            region: self.region.clone(),
            group: self.group.clone(),
            stream: self.stream.clone(),
            timestamp_ms: clock::now_ms(),
            message,
        });
    }
}

/// The bootstraps write a message of several lines with carriage returns, so that it stays one event, as on AWS.
fn readable(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(line));
    let mut text = if text.contains('\r') { text.replace('\r', "\n") } else { text.into_owned() };
    text.push('\n');
    text
}

fn keep_last(text: &mut String, bytes: usize) {
    if text.len() > bytes {
        let from = text.ceil_char_boundary(text.len() - bytes);
        text.drain(..from);
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use std::path::PathBuf;
    use std::sync::Mutex;

    #[derive(Default)]
    struct Kept(Mutex<Vec<String>>);

    impl LogSink for Kept {
        fn line(&self, log: FunctionLog) {
            self.0.lock().unwrap().push(log.message);
        }
    }

    fn log() -> (Arc<Kept>, ProcessLog) {
        let kept = Arc::new(Kept::default());
        let spec = FunctionSpec {
            key: "k".into(),
            revision: "1".into(),
            name: "f".into(),
            arn: "arn".into(),
            version: "$LATEST".into(),
            runtime: "nodejs20.x".into(),
            handler: "index.handler".into(),
            memory_mb: 128,
            timeout_s: 3,
            ephemeral_storage_mb: 512,
            environment: vec![],
            code: PathBuf::new(),
            log_group: "/aws/lambda/f".into(),
            account: "000000000000".into(),
            region: "us-east-1".into(),
            reserved_concurrency: None,
        };
        let process_log = ProcessLog::new(kept.clone(), &spec, "0123456789abcdef0123456789abcdef");
        (kept, process_log)
    }

    #[test]
    fn a_stream_is_named_as_on_aws() {
        let (_, log) = log();
        let (date, rest) = log.stream().split_at(10);
        assert!(date.bytes().filter(|&b| b == b'/').count() == 2, "{date}");
        assert_eq!(rest, "/[$LATEST]0123456789abcdef0123456789abcdef");
    }

    #[test]
    fn lines_arrive_whole_however_they_are_cut() {
        let cases: [(&[&[u8]], &[&str]); 6] = [
            (&[b"a\nb\n"], &["a\n", "b\n"]),
            (&[b"a", b"b", b"\nc\n"], &["ab\n", "c\n"]),
            (&[b"first\rsecond\n"], &["first\nsecond\n"]),
            (&[b"dos\r\n\n"], &["dos\n", "\n"]),
            (&[b"\xff\xfe\n"], &["\u{fffd}\u{fffd}\n"]),
            (&[b"no end"], &["no end\n"]),
        ];
        for (chunks, expected) in cases {
            let (kept, mut log) = log();
            chunks.iter().for_each(|chunk| log.printed(chunk));
            log.end_line();
            assert_eq!(*kept.0.lock().unwrap(), expected);
        }
    }

    #[test]
    fn endless_output_is_cut_into_lines_and_then_dropped_once() {
        let (kept, mut log) = log();
        log.begin(true);
        for _ in 0..40 {
            log.printed(&[b'x'; 1024 * 1024]);
        }
        log.platform("END RequestId: r");
        let lines = kept.0.lock().unwrap();
        assert!(lines.iter().all(|line| line.len() <= MAX_LINE_BYTES));
        assert!(lines.iter().map(String::len).sum::<usize>() < MAX_INVOCATION_BYTES + MAX_LINE_BYTES);
        assert_eq!(lines.iter().filter(|line| line.contains("dropped")).count(), 1);
        assert_eq!(lines.last().unwrap(), "END RequestId: r\n");
        drop(lines);
        let tail = log.take_tail().unwrap();
        assert!(tail.len() <= TAIL_BYTES && tail.ends_with("END RequestId: r\n"));
    }

    #[test]
    fn a_tail_never_splits_a_character() {
        let (_, mut log) = log();
        log.begin(true);
        log.printed("é".repeat(5000).as_bytes());
        log.platform("x");
        let tail = log.take_tail().unwrap();
        assert!(tail.len() <= TAIL_BYTES && tail.starts_with('é'));
    }
}
