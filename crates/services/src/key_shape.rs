//! What the parts of each family's keys are, for whoever looks at keys without asking a service: the check and the figures.
//!
//! The table stands beside the keys' own functions, not in place of them; the check compares the two at every row.

use crate::failure::Failure;
use crate::keys::{Family, KeyReader, SHARD, hex};
use crate::timer;
use std::fmt::Write as _;
use stepwell_store::Slice;

/// A part of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// A number that `Tx::next_sequence` gave.
    Sequence,
    /// Another number: a time, a revision, a version.
    Number,
    Text,
    Byte,
    /// 32 bytes.
    Sha256,
    /// A timer, which is the rest of the key.
    Timer,
}

/// The parts of a family's keys, in order.
#[must_use]
pub fn parts(family: Family) -> &'static [Part] {
    use Part::{Byte, Number, Sequence, Sha256, Text, Timer};
    match family {
        Family::Meta | Family::Format => &[],
        Family::Timer => &[Number, Timer],
        Family::Effect | Family::Quarantine => &[Sequence],
        Family::Secret => &[Text],
        Family::QueueById
        | Family::Delivery
        | Family::Publication
        | Family::Invocation
        | Family::MapOutput
        | Family::StackById
        | Family::StackPlan => &[Sequence],
        Family::Queue
        | Family::Topic
        | Family::StateMachine
        | Family::Function
        | Family::EventSourceMapping
        | Family::LogGroup
        | Family::Stack
        | Family::StackByUuid
        | Family::ChangeSetByUuid
        | Family::Export
        | Family::Activity
        | Family::Connection
        | Family::EventRule => &[Text, Text, Text],
        Family::Message
        | Family::Moved
        | Family::MoveTask
        | Family::Execution
        | Family::ExecutionState
        | Family::StackEvent
        | Family::StackTemplate
        | Family::ChangeSet => &[Sequence, Sequence],
        Family::Count => &[Byte, Number],
        Family::ClosedExecutions => &[Number, Sequence],
        Family::MapRun => &[Sequence, Sequence, Sequence],
        Family::Ready | Family::GroupReady | Family::LogEvent => &[Sequence, Number, Sequence],
        Family::Deduplication | Family::SubscriptionByEndpoint => &[Sequence, Text, Text],
        Family::DeduplicationExpiry => &[Sequence, Number, Text, Text],
        Family::Group
        | Family::Subscription
        | Family::ExecutionName
        | Family::MapName
        | Family::MachineAlias
        | Family::Alias
        | Family::FunctionPolicy
        | Family::EventInvokeConfig
        | Family::LogStream
        | Family::StackResource
        | Family::ChangeSetByName => &[Sequence, Text],
        Family::GroupMessage => &[Sequence, Text, Sequence],
        Family::Revision | Family::FunctionVersion | Family::MachineVersion => &[Sequence, Number],
        Family::History => &[Sequence, Sequence, Number],
        Family::ActivityTask => &[Sequence, Number, Sequence, Sequence, Number],
        Family::ExecutionWait => &[Sequence, Sequence, Sequence, Sequence, Number],
        Family::Code => &[Sha256, Number],
        Family::CodeUpload => &[Sha256],
        Family::Role | Family::Policy | Family::User | Family::UserGroup | Family::InstanceProfile => {
            &[Text, Text]
        }
        Family::AccessKey => &[Byte, Text],
        Family::UserGroupMember => &[Text, Text, Text],
        Family::PolicyUse => &[Text, Text, Byte, Byte, Text],
        Family::StackByNumber => &[Text, Text, Sequence],
        Family::ChangeSetView => &[Sequence, Sequence, Byte],
        Family::StackImport => &[Text, Text, Text, Sequence],
        Family::StackWait | Family::Bucket | Family::ObjectBody => &[Text],
        Family::Object => &[Sequence, Text],
        Family::ObjectPiece | Family::UploadPart => &[Text, Number],
        Family::MultipartUpload => &[Sequence, Text, Text],
        // Nothing is written there yet.
        Family::StateMachineById
        | Family::Callback
        | Family::FunctionUrl
        | Family::Layer
        | Family::LayerVersion => &[],
    }
}

/// A key as it is read: its family, its parts in words, and the greatest sequence number among them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    pub family: Family,
    pub text: String,
    pub greatest_sequence: u64,
}

/// Reads a key by its family's parts.
///
/// # Errors
/// [`Failure::Broken`], in words, if it is no key of this program.
pub fn read(key: &[u8]) -> Result<Shape, Failure> {
    let family = match key {
        [high, low, family, ..] if u16::from_be_bytes([*high, *low]) == SHARD => Family::read(*family),
        [_, _, _, ..] => return Err(Failure::broken("a key of another shard")),
        _ => return Err(Failure::broken("a key that is too short")),
    };
    let family = family.ok_or_else(|| Failure::broken("a key of a family that this program doesn't know"))?;
    let mut reader = KeyReader::new(key, family)?;
    let (mut text, mut greatest_sequence) = (format!("{family:?}"), 0);
    for part in parts(family) {
        match part {
            Part::Sequence => {
                let number = reader.number()?;
                greatest_sequence = greatest_sequence.max(number);
                add(&mut text, number);
            }
            Part::Number => add(&mut text, reader.number()?),
            Part::Text => add(&mut text, format_args!("`{}`", reader.text()?.escape_debug())),
            Part::Byte => add(&mut text, reader.byte()?),
            Part::Sha256 => {
                let bytes = (0..32).map(|_| reader.byte()).collect::<Result<Vec<_>, _>>()?;
                add(&mut text, hex(&bytes));
            }
            Part::Timer => {
                let (_, timer) = timer::read(&Slice::from(key))?;
                reader.skip_rest();
                add(&mut text, format_args!("{timer:?}"));
            }
        }
    }
    if !reader.is_empty() {
        return Err(Failure::broken("a key with more parts than its family has"));
    }
    Ok(Shape { family, text, greatest_sequence })
}

/// A key in words, or in hexadecimal digits where it can't be read.
#[must_use]
pub fn text(key: &[u8]) -> String {
    read(key).map_or_else(|_| hex(key), |shape| shape.text)
}

fn add(text: &mut String, part: impl std::fmt::Display) {
    // INVARIANT: writing to a string can't fail.
    write!(text, " {part}").expect("a string takes all text");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::Key;
    use crate::timer::Timer;

    #[test]
    fn a_key_is_read_in_words_with_the_greatest_of_its_sequence_numbers() {
        let key = Key::new(Family::LogEvent).number(7).number(9_999).number(8).into_bytes();
        let shape = read(&key).unwrap();
        assert_eq!((shape.text.as_str(), shape.greatest_sequence), ("LogEvent 7 9999 8", 8));
        let timer = timer::key(5, &Timer::Execution(1, 2)).into_bytes();
        assert_eq!(text(&timer), "Timer 5 Execution(1, 2)");
        assert_eq!(text(Key::new(Family::StackWait).text("a\nb").as_bytes()), "StackWait `a\\nb`");
    }

    #[test]
    fn what_is_no_key_is_said_to_be_none() {
        let short = Key::new(Family::Message).number(1).into_bytes();
        let long = Key::new(Family::Effect).number(1).byte(0).into_bytes();
        let (unknown, foreign) = ([0, 0, 0xEE], [0, 1, 1]);
        for key in [&short[..], &long, &unknown, &foreign, &[]] {
            assert!(read(key).is_err(), "{key:?}");
            assert_eq!(text(key), hex(key));
        }
    }
}
