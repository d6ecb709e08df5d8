//! The payloads that Lambda itself writes when a function does not answer, word for word as AWS words them.
//!
//! What a handler throws is worded by the bootstraps inside the function's process; these are the cases in which no
//! bootstrap is left to speak.

use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

use bytes::Bytes;

/// The most that a function may answer: 6 MiB and room for the envelope.
pub(crate) const MAX_RESPONSE_BYTES: usize = 6_291_556;

/// A failed invocation as the caller sees it.
#[derive(Debug)]
pub(crate) struct Fault {
    pub error_type: String,
    pub payload: Bytes,
}

impl Fault {
    /// The bootstrap's own report. It comes from the function's process, so it need not be JSON at all.
    pub fn reported(error_type: Option<String>, body: Bytes) -> Fault {
        let error_type = error_type.unwrap_or_else(|| "Function.Unknown".to_owned());
        if serde_json::from_slice::<serde::de::IgnoredAny>(&body).is_ok() {
            return Fault { error_type, payload: body };
        }
        Fault::new(&error_type, &String::from_utf8_lossy(&body))
    }

    pub fn exited(request_id: &str, exit: Exit) -> Fault {
        Fault::new("Runtime.ExitError", &format!("RequestId: {request_id} Error: {exit}"))
    }

    pub fn timed_out(request_id: &str, timeout_s: u32) -> Fault {
        Fault::new("Sandbox.Timedout", &format!("RequestId: {request_id} Error: {}", timeout_text(timeout_s)))
    }

    pub fn response_too_large() -> Fault {
        let message = format!(
            "Response payload size exceeded maximum allowed payload size ({MAX_RESPONSE_BYTES} bytes)."
        );
        // AWS writes this one with the message first.
        let payload =
            serde_json::json!({"errorMessage": message, "errorType": "Function.ResponseSizeTooLarge"});
        Fault { error_type: "Function.ResponseSizeTooLarge".to_owned(), payload: payload.to_string().into() }
    }

    fn new(error_type: &str, message: &str) -> Fault {
        let payload = serde_json::json!({"errorType": error_type, "errorMessage": message});
        Fault { error_type: error_type.to_owned(), payload: payload.to_string().into() }
    }
}

/// `Task timed out after 3.00 seconds`, in the payload and in the log.
pub(crate) fn timeout_text(timeout_s: u32) -> String {
    format!("Task timed out after {timeout_s}.00 seconds")
}

/// How a process ended, in AWS's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    Status(i32),
    Signal(i32),
}

impl Exit {
    /// The sandbox passes a signal on as 128 and its number, as shells do.
    pub fn from_status(status: ExitStatus, sandboxed: bool) -> Exit {
        match (status.signal(), status.code()) {
            (Some(signal), _) => Exit::Signal(signal),
            (None, Some(code)) if sandboxed && signal_name(code - 128).is_some() => Exit::Signal(code - 128),
            (None, code) => Exit::Status(code.unwrap_or_default()),
        }
    }
}

impl std::fmt::Display for Exit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match *self {
            Exit::Status(0) => f.write_str("Runtime exited without providing a reason"),
            Exit::Status(code) => write!(f, "Runtime exited with error: exit status {code}"),
            Exit::Signal(signal) => match signal_name(signal) {
                Some(name) => write!(f, "Runtime exited with error: signal: {name}"),
                None => write!(f, "Runtime exited with error: signal: signal {signal}"),
            },
        }
    }
}

fn signal_name(signal: i32) -> Option<&'static str> {
    Some(match signal {
        libc::SIGILL => "illegal instruction",
        libc::SIGTRAP => "trace/breakpoint trap",
        libc::SIGABRT => "aborted",
        libc::SIGBUS => "bus error",
        libc::SIGFPE => "floating point exception",
        libc::SIGKILL => "killed",
        libc::SIGSEGV => "segmentation fault",
        libc::SIGPIPE => "broken pipe",
        libc::SIGTERM => "terminated",
        libc::SIGXFSZ => "file size limit exceeded",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(fault: &Fault) -> &str {
        std::str::from_utf8(&fault.payload).unwrap()
    }

    #[test]
    fn payloads_are_those_of_aws() {
        let cases = [
            (
                Fault::exited("r", Exit::Status(0)),
                r#"{"errorType":"Runtime.ExitError","errorMessage":"RequestId: r Error: Runtime exited without providing a reason"}"#,
            ),
            (
                Fault::exited("r", Exit::Status(1)),
                r#"{"errorType":"Runtime.ExitError","errorMessage":"RequestId: r Error: Runtime exited with error: exit status 1"}"#,
            ),
            (
                Fault::exited("r", Exit::Signal(9)),
                r#"{"errorType":"Runtime.ExitError","errorMessage":"RequestId: r Error: Runtime exited with error: signal: killed"}"#,
            ),
            (
                Fault::timed_out("r", 30),
                r#"{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: r Error: Task timed out after 30.00 seconds"}"#,
            ),
            (
                Fault::response_too_large(),
                r#"{"errorMessage":"Response payload size exceeded maximum allowed payload size (6291556 bytes).","errorType":"Function.ResponseSizeTooLarge"}"#,
            ),
            (
                Fault::reported(Some("X".into()), Bytes::from_static(b"\xffnot json\"")),
                r#"{"errorType":"X","errorMessage":"�not json\""}"#,
            ),
            (Fault::reported(None, Bytes::from_static(b"{ \"a\": 1 }")), r#"{ "a": 1 }"#),
        ];
        for (fault, expected) in &cases {
            assert_eq!(text(fault), *expected);
        }
    }

    #[test]
    fn a_sandbox_passes_signals_on_as_statuses() {
        let status = |code: i32| ExitStatus::from_raw(code << 8);
        assert_eq!(Exit::from_status(status(137), true), Exit::Signal(9));
        assert_eq!(Exit::from_status(status(137), false), Exit::Status(137));
        // Node's own statuses after an uncaught exception are no signals.
        assert_eq!(Exit::from_status(status(129), true), Exit::Status(129));
        assert_eq!(Exit::from_status(ExitStatus::from_raw(6), false), Exit::Signal(6));
    }
}
