//! How a deployment ended: the outputs, or what failed and why.

use std::process::ExitCode;

use serde_json::{Map, Value, json};

use crate::failure::Outcome;
use crate::terminal::{Terminal, Tone, complain};
use crate::text;

use super::progress::Progress;
use super::stack::{Stack, StackOutput};

pub struct Report<'a> {
    pub name: &'a str,
    pub stack: Option<Stack>,
    pub progress: Progress,
}

impl Report<'_> {
    pub fn tell(&self, terminal: &Terminal) -> Outcome<ExitCode> {
        terminal.json(&self.json())?;
        if !self.is_success() {
            complain(&self.failure().join("\n"));
            return Ok(ExitCode::FAILURE);
        }
        let done = match self.progress.status.as_str() {
            "" => format!("no changes: `{}` is up to date", self.name),
            status => format!("`{}` is {status}", self.name),
        };
        terminal.line(terminal.paint(Tone::Good, &done))?;
        terminal.lines(&outputs(self.outputs()))?;
        Ok(ExitCode::SUCCESS)
    }

    fn is_success(&self) -> bool {
        matches!(self.progress.status.as_str(), "" | "CREATE_COMPLETE" | "UPDATE_COMPLETE")
    }

    fn outputs(&self) -> &[StackOutput] {
        self.stack.as_ref().map_or(&[], |stack| &stack.outputs)
    }

    fn failure(&self) -> Vec<String> {
        let mut lines = vec![format!("deploying `{}` failed: it is {}", self.name, self.progress.status)];
        for failure in &self.progress.failures {
            lines.push(format!("  {} ({}): {}", failure.logical_id, failure.resource_type, failure.reason));
        }
        let reason =
            self.stack.as_ref().map(|stack| stack.reason.as_str()).filter(|reason| !reason.is_empty());
        // What no single resource is to blame for.
        if self.progress.failures.is_empty() {
            lines.extend(reason.map(|reason| format!("  {reason}")));
        }
        lines
    }

    fn json(&self) -> Value {
        let stack = self.stack.as_ref();
        let outputs =
            self.outputs().iter().map(|output| (output.key.clone(), Value::from(output.value.as_str())));
        let failures = self.progress.failures.iter().map(|failure| {
            json!({
                "logicalResourceId": failure.logical_id,
                "resourceType": failure.resource_type,
                "reason": failure.reason,
            })
        });
        json!({
            "stackName": self.name,
            "stackId": stack.map(|stack| &stack.id),
            "status": stack.map(|stack| &stack.status),
            "changed": !self.progress.status.is_empty(),
            "outputs": outputs.collect::<Map<_, _>>(),
            "failures": failures.collect::<Vec<_>>(),
        })
    }
}

fn outputs(outputs: &[StackOutput]) -> Vec<String> {
    if outputs.is_empty() {
        return Vec::new();
    }
    let row =
        |output: &StackOutput| vec![output.key.clone(), output.value.clone(), output.description.clone()];
    let rows = outputs.iter().map(row).collect::<Vec<_>>();
    let mut lines = vec![String::new()];
    lines.extend(text::table(&["OUTPUT", "VALUE", "DESCRIPTION"], &rows));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stack(status: &str) -> Stack {
        Stack {
            id: "arn".to_owned(),
            status: status.to_owned(),
            reason: "because".to_owned(),
            parameters: vec![],
            outputs: vec![StackOutput {
                key: "Url".to_owned(),
                value: "http://x".to_owned(),
                description: "where".to_owned(),
            }],
        }
    }

    fn report(status: &str) -> Report<'static> {
        let progress = Progress { status: status.to_owned(), ..Progress::default() };
        Report { name: "demo", stack: Some(stack(status)), progress }
    }

    #[test]
    fn it_is_told_what_there_is_and_what_failed() {
        assert_eq!(
            outputs(report("CREATE_COMPLETE").outputs()),
            ["", "OUTPUT  VALUE     DESCRIPTION", "Url     http://x  where"]
        );
        assert_eq!(
            report("ROLLBACK_COMPLETE").failure(),
            ["deploying `demo` failed: it is ROLLBACK_COMPLETE", "  because"]
        );
        for (status, is_success) in [
            ("", true),
            ("CREATE_COMPLETE", true),
            ("UPDATE_COMPLETE", true),
            ("UPDATE_ROLLBACK_COMPLETE", false),
            ("DELETE_COMPLETE", false),
        ] {
            assert_eq!(report(status).is_success(), is_success, "{status}");
        }
    }

    #[test]
    fn scripts_read_the_outputs_by_name() {
        assert_eq!(
            report("").json(),
            json!({"stackName": "demo", "stackId": "arn", "status": "", "changed": false, "outputs": {"Url": "http://x"}, "failures": []})
        );
    }
}
