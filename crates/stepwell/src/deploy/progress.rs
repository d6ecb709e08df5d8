//! The events of a stack from one moment on, shown as they come until the stack is settled.

use stepwell_wire::time;

use crate::client::Client;
use crate::element::Element;
use crate::failure::Outcome;
use crate::pace::Pace;
use crate::terminal::{Terminal, Tone};
use crate::text;

use super::stack::pair;

/// The longest status that is common.
const STATUS_WIDTH: usize = "UPDATE_ROLLBACK_IN_PROGRESS".len();

/// The widths of columns that are as wide as what is in them.
#[derive(Debug, Default, Clone, Copy)]
pub struct Widths {
    pub logical_id: usize,
    pub resource_type: usize,
}

#[derive(Debug, Default)]
pub struct Progress {
    pub(super) stack_id: String,
    pub(super) widths: Widths,
    /// The newest event that was shown.
    pub(super) last: Option<String>,
    /// The stack's status; empty where nothing happened.
    pub status: String,
    pub failures: Vec<Event>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    id: String,
    pub logical_id: String,
    physical_id: String,
    pub resource_type: String,
    pub status: String,
    pub reason: String,
    timestamp: String,
}

impl Progress {
    /// What will happen to a stack from now on.
    pub async fn of(stack_id: &str, widths: Widths, client: &Client) -> Outcome<Progress> {
        let mut progress = Progress { stack_id: stack_id.to_owned(), widths, ..Progress::default() };
        progress.last = progress.page(None, client).await?.0.first().map(|event| event.id.clone());
        Ok(progress)
    }

    /// Nothing was to be done.
    pub fn unchanged() -> Progress {
        Progress::default()
    }

    /// Shows each event until the stack is settled.
    pub async fn follow(&mut self, client: &Client, terminal: &Terminal) -> Outcome<()> {
        let mut pace = Pace::new();
        while self.status.is_empty() || self.status.ends_with("_IN_PROGRESS") {
            let news = self.news(client).await?;
            if news.is_empty() {
                pace.pause().await;
            } else {
                pace.quicken();
            }
            for event in news {
                terminal.line(event.line(self.widths, terminal))?;
                self.take(event);
            }
        }
        Ok(())
    }

    fn take(&mut self, event: Event) {
        if event.physical_id == self.stack_id {
            self.status = event.status;
        } else if event.is_failure() {
            self.failures.push(event);
        }
    }

    /// The events that weren't shown yet, oldest first.
    async fn news(&mut self, client: &Client) -> Outcome<Vec<Event>> {
        let mut news = Vec::new();
        let mut next = None;
        loop {
            let (events, more) = self.page(next, client).await?;
            let fresh = events.iter().take_while(|event| Some(&event.id) != self.last.as_ref()).count();
            let is_complete = fresh < events.len();
            news.extend(events.into_iter().take(fresh));
            match more {
                Some(more) if !is_complete => next = Some(more),
                _ => break,
            }
        }
        if let Some(newest) = news.first() {
            self.last = Some(newest.id.clone());
        }
        news.reverse();
        Ok(news)
    }

    /// A page of events, newest first.
    async fn page(&self, token: Option<String>, client: &Client) -> Outcome<(Vec<Event>, Option<String>)> {
        let mut request = vec![pair("StackName", &self.stack_id)];
        request.extend(token.map(|token| pair("NextToken", token)));
        let answer = client.cloudformation("DescribeStackEvents", &request).await?;
        let next = Some(answer.text_of("NextToken").to_owned()).filter(|token| !token.is_empty());
        Ok((answer.members("StackEvents").map(Event::read).collect(), next))
    }
}

impl Event {
    fn read(element: &Element) -> Event {
        let text = |name: &str| element.text_of(name).to_owned();
        Event {
            id: text("EventId"),
            logical_id: text("LogicalResourceId"),
            physical_id: text("PhysicalResourceId"),
            resource_type: text("ResourceType"),
            status: text("ResourceStatus"),
            reason: text("ResourceStatusReason"),
            timestamp: text("Timestamp"),
        }
    }

    /// Whether it failed by itself, and wasn't given up because another did.
    fn is_failure(&self) -> bool {
        self.status.ends_with("_FAILED") && !self.reason.ends_with("cancelled")
    }

    fn line(&self, widths: Widths, terminal: &Terminal) -> String {
        let clock = time::parse_iso(&self.timestamp).map(time::iso_seconds);
        let clock = clock.as_deref().and_then(|text| text.get(11..19)).unwrap_or_default();
        let cells = [
            terminal.paint(Tone::Faint, clock),
            terminal.paint(tone(&self.status), &self.status),
            self.logical_id.clone(),
            terminal.paint(Tone::Faint, &self.resource_type),
            self.reason.clone(),
        ];
        text::columns(&cells, &[8, STATUS_WIDTH, widths.logical_id, widths.resource_type])
    }
}

/// A rollback is no success, however well it went.
pub fn tone(status: &str) -> Tone {
    match status {
        _ if status.ends_with("_IN_PROGRESS") => Tone::Busy,
        _ if status.ends_with("_FAILED") || status.contains("ROLLBACK") => Tone::Bad,
        _ => Tone::Good,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(id: &str, status: &str, reason: &str) -> Event {
        let document = format!(
            "<member><EventId>{id}-{status}</EventId><LogicalResourceId>{id}</LogicalResourceId><PhysicalResourceId>p-{id}\
             </PhysicalResourceId><ResourceType>AWS::SQS::Queue</ResourceType><ResourceStatus>{status}</ResourceStatus>\
             <ResourceStatusReason>{reason}</ResourceStatusReason><Timestamp>2024-01-02T03:04:05.678Z</Timestamp></member>"
        );
        Event::read(&Element::parse(&document).unwrap())
    }

    #[test]
    fn an_event_is_one_line() {
        let widths = Widths { logical_id: 7, resource_type: 20 };
        assert_eq!(
            event("Queue", "CREATE_FAILED", "why").line(widths, &Terminal::plain()),
            "03:04:05  CREATE_FAILED                Queue    AWS::SQS::Queue       why"
        );
        assert_eq!(
            event("Queue", "CREATE_COMPLETE", "").line(Widths::default(), &Terminal::plain()),
            "03:04:05  CREATE_COMPLETE              Queue  AWS::SQS::Queue"
        );
        assert_eq!(
            event("Q", "CREATE_COMPLETE", "").line(Widths::default(), &Terminal::coloured()),
            "\u{1b}[2m03:04:05\u{1b}[0m  \u{1b}[32mCREATE_COMPLETE\u{1b}[0m              Q  \u{1b}[2mAWS::SQS::Queue\u{1b}[0m"
        );
    }

    #[test]
    fn what_failed_by_itself_is_told_from_what_was_given_up() {
        let mut progress = Progress { stack_id: "p-stack".to_owned(), ..Progress::default() };
        for event in [
            event("stack", "CREATE_IN_PROGRESS", "User Initiated"),
            event("A", "CREATE_FAILED", "no"),
            event("B", "CREATE_FAILED", "Resource creation cancelled"),
            event("stack", "ROLLBACK_COMPLETE", ""),
        ] {
            progress.take(event);
        }
        assert_eq!(progress.status, "ROLLBACK_COMPLETE");
        assert_eq!(
            progress.failures.iter().map(|event| event.logical_id.as_str()).collect::<Vec<_>>(),
            ["A"]
        );
    }

    #[test]
    fn a_rollback_is_never_good() {
        let cases = [
            ("CREATE_COMPLETE", Tone::Good),
            ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", Tone::Busy),
            ("ROLLBACK_COMPLETE", Tone::Bad),
            ("UPDATE_ROLLBACK_IN_PROGRESS", Tone::Busy),
            ("DELETE_FAILED", Tone::Bad),
        ];
        for (status, expected) in cases {
            assert_eq!(tone(status), expected, "{status}");
        }
    }
}
