//! Every key that is stored: its family, and how its parts are written so that byte order is their order.
//!
//! A key is the shard (2 bytes), the family (1 byte), then its parts: a number as 8 bytes big-endian, a text with its
//! zero bytes escaped and an end mark that sorts before any continuation. What a family's parts and value are stands in the
//! `keys.rs` of its service; [`Family`] is the table of them all.

use crate::failure::Failure;
use std::sync::Arc;

/// The kinds of key. The number is stored: it never changes and is never used again for something else.
///
/// | family | parts | value |
/// |---|---|---|
/// | `Meta` | – | last commit time, next sequence number |
/// | `Timer` | due (ms), timer | – |
/// | `Effect` | sequence | what is owed outside |
/// | `Secret` | name | key material of this installation |
/// | `Quarantine` | sequence | a command of ours that failed for good |
/// | `Count` | kind, number | how many there are of something |
/// | `Format` | – | the number of the store's format |
/// | `Queue` | account, region, name | a queue |
/// | `Message` | queue, sequence | what was sent |
/// | `Ready` | queue, visible from (ms), sequence | receive count |
/// | `Moved` | queue, sequence | where a message's `Ready` row is, when its receipt handle doesn't say |
/// | `QueueById` | queue | which queue that is |
/// | `Deduplication` | queue or topic, scope, id | the message that was seen with this id |
/// | `DeduplicationExpiry` | queue or topic, until (ms), scope, id | – |
/// | `Group` | queue, group | the first message of a FIFO queue's group |
/// | `GroupMessage` | queue, group, sequence | visible from (ms) |
/// | `GroupReady` | queue, visible from (ms), sequence | the group whose first message that is |
/// | `MoveTask` | queue, sequence | messages on their way out of a dead-letter queue |
/// | `Topic` … | see `sns/keys.rs` | |
/// | `StateMachine` … | see `states/keys.rs` | |
/// | `Function` … | see `lambda/keys.rs` | |
/// | `Role` … | see `iam/keys.rs` | |
/// | `LogGroup` … | see `logs/keys.rs` | |
/// | `Stack` … | see `cloudformation/keys.rs` | |
/// | `Bucket` … | see `s3/keys.rs` | |
/// | `Connection` … | see `events/keys.rs` | |
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Family {
    Meta = 0x01,
    Timer = 0x02,
    Effect = 0x03,
    Secret = 0x04,
    Quarantine = 0x05,
    Count = 0x06,
    Format = 0x07,

    Queue = 0x10,
    Message = 0x11,
    Ready = 0x12,
    Moved = 0x13,
    QueueById = 0x14,
    Deduplication = 0x15,
    DeduplicationExpiry = 0x16,
    Group = 0x17,
    GroupMessage = 0x18,
    GroupReady = 0x19,
    MoveTask = 0x1A,

    Topic = 0x20,
    Subscription = 0x21,
    SubscriptionByEndpoint = 0x22,
    Delivery = 0x23,
    Publication = 0x24,

    StateMachine = 0x30,
    StateMachineById = 0x31,
    Revision = 0x32,
    ExecutionName = 0x33,
    Execution = 0x34,
    ExecutionState = 0x35,
    History = 0x36,
    Callback = 0x37,
    ClosedExecutions = 0x38,
    MapRun = 0x39,
    MapName = 0x3A,
    MapOutput = 0x3B,
    Activity = 0x3C,
    ActivityTask = 0x3D,
    ExecutionWait = 0x3E,

    Function = 0x40,
    Code = 0x41,
    FunctionVersion = 0x42,
    EventSourceMapping = 0x43,
    Invocation = 0x44,
    Alias = 0x45,
    FunctionPolicy = 0x46,
    EventInvokeConfig = 0x47,
    FunctionUrl = 0x48,
    Layer = 0x49,
    LayerVersion = 0x4A,
    CodeUpload = 0x4B,

    Role = 0x50,
    Policy = 0x51,
    AccessKey = 0x52,
    User = 0x53,
    UserGroup = 0x54,
    UserGroupMember = 0x55,
    InstanceProfile = 0x56,
    PolicyUse = 0x57,

    LogGroup = 0x60,
    LogStream = 0x61,
    LogEvent = 0x62,

    Stack = 0x70,
    StackById = 0x71,
    StackEvent = 0x72,
    ChangeSet = 0x73,
    StackResource = 0x74,
    Export = 0x75,
    StackByUuid = 0x76,
    StackByNumber = 0x77,
    ChangeSetByUuid = 0x78,
    ChangeSetByName = 0x79,
    ChangeSetView = 0x7A,
    StackTemplate = 0x7B,
    StackPlan = 0x7C,
    StackImport = 0x7D,
    StackWait = 0x7E,

    Bucket = 0x80,
    Object = 0x81,
    ObjectBody = 0x82,
    ObjectPiece = 0x83,
    MultipartUpload = 0x84,
    UploadPart = 0x85,

    MachineVersion = 0x90,
    MachineAlias = 0x91,

    Connection = 0xA0,
    EventRule = 0xA1,
}

impl Family {
    /// All families, in the order of their keys.
    pub const ALL: [Self; 86] = [
        Self::Meta,
        Self::Timer,
        Self::Effect,
        Self::Secret,
        Self::Quarantine,
        Self::Count,
        Self::Format,
        Self::Queue,
        Self::Message,
        Self::Ready,
        Self::Moved,
        Self::QueueById,
        Self::Deduplication,
        Self::DeduplicationExpiry,
        Self::Group,
        Self::GroupMessage,
        Self::GroupReady,
        Self::MoveTask,
        Self::Topic,
        Self::Subscription,
        Self::SubscriptionByEndpoint,
        Self::Delivery,
        Self::Publication,
        Self::StateMachine,
        Self::StateMachineById,
        Self::Revision,
        Self::ExecutionName,
        Self::Execution,
        Self::ExecutionState,
        Self::History,
        Self::Callback,
        Self::ClosedExecutions,
        Self::MapRun,
        Self::MapName,
        Self::MapOutput,
        Self::Activity,
        Self::ActivityTask,
        Self::ExecutionWait,
        Self::Function,
        Self::Code,
        Self::FunctionVersion,
        Self::EventSourceMapping,
        Self::Invocation,
        Self::Alias,
        Self::FunctionPolicy,
        Self::EventInvokeConfig,
        Self::FunctionUrl,
        Self::Layer,
        Self::LayerVersion,
        Self::CodeUpload,
        Self::Role,
        Self::Policy,
        Self::AccessKey,
        Self::User,
        Self::UserGroup,
        Self::UserGroupMember,
        Self::InstanceProfile,
        Self::PolicyUse,
        Self::LogGroup,
        Self::LogStream,
        Self::LogEvent,
        Self::Stack,
        Self::StackById,
        Self::StackEvent,
        Self::ChangeSet,
        Self::StackResource,
        Self::Export,
        Self::StackByUuid,
        Self::StackByNumber,
        Self::ChangeSetByUuid,
        Self::ChangeSetByName,
        Self::ChangeSetView,
        Self::StackTemplate,
        Self::StackPlan,
        Self::StackImport,
        Self::StackWait,
        Self::Bucket,
        Self::Object,
        Self::ObjectBody,
        Self::ObjectPiece,
        Self::MultipartUpload,
        Self::UploadPart,
        Self::MachineVersion,
        Self::MachineAlias,
        Self::Connection,
        Self::EventRule,
    ];

    /// The family of this number, if it is one.
    #[must_use]
    pub fn read(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|family| *family as u8 == number)
    }
}

/// The only shard of an embedded store. Keys carry it from the start, so that a store can be split later.
pub const SHARD: u16 = 0;

/// The account and region that own a named thing.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Scope {
    /// Twelve digits.
    pub account: Arc<str>,
    /// Such as `us-east-1`.
    pub region: Arc<str>,
}

impl Scope {
    #[must_use]
    pub fn new(account: &str, region: &str) -> Self {
        Self { account: account.into(), region: region.into() }
    }
}

/// A key while it is put together, and when it is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key(Vec<u8>);

impl Key {
    #[must_use]
    pub fn new(family: Family) -> Self {
        let mut bytes = Vec::with_capacity(48);
        bytes.extend_from_slice(&SHARD.to_be_bytes());
        bytes.push(family as u8);
        Self(bytes)
    }

    /// Adds a number.
    #[must_use]
    pub fn number(mut self, number: u64) -> Self {
        self.0.extend_from_slice(&number.to_be_bytes());
        self
    }

    /// Adds a text: a zero byte becomes `00 FF`, and `00 01` ends it.
    #[must_use]
    pub fn text(mut self, text: &str) -> Self {
        for byte in text.bytes() {
            self.0.push(byte);
            if byte == 0 {
                self.0.push(0xFF);
            }
        }
        self.0.extend_from_slice(&[0, 1]);
        self
    }

    /// Adds one byte.
    #[must_use]
    pub fn byte(mut self, byte: u8) -> Self {
        self.0.push(byte);
        self
    }

    /// Adds an account and a region.
    #[must_use]
    pub fn scope(self, scope: &Scope) -> Self {
        self.text(&scope.account).text(&scope.region)
    }

    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    /// The first key after all keys that begin with this one.
    #[must_use]
    pub fn end(&self) -> Vec<u8> {
        let mut end = self.0.clone();
        while let Some(last) = end.pop() {
            if last < 0xFF {
                end.push(last + 1);
                return end;
            }
        }
        // Unreachable for our keys, which begin with a small shard number; the whole space is the honest answer.
        vec![0xFF; 16]
    }

    /// The first key after this very one.
    #[must_use]
    pub fn after(bytes: &[u8]) -> Vec<u8> {
        let mut next = bytes.to_vec();
        next.push(0);
        next
    }
}

/// Reads the parts of a key back, in order.
#[derive(Debug)]
pub struct KeyReader<'a> {
    key: &'a [u8],
    rest: &'a [u8],
}

impl<'a> KeyReader<'a> {
    /// Starts behind the shard and the family.
    ///
    /// # Errors
    /// [`Failure::Broken`] if the key is of another family.
    pub fn new(key: &'a [u8], family: Family) -> Result<Self, Failure> {
        match key {
            [_, _, found, rest @ ..] if *found == family as u8 => Ok(Self { key, rest }),
            _ => Err(Failure::broken(format!("a key of another kind than {family:?}: {}", hex(key)))),
        }
    }

    /// The next part, a number.
    ///
    /// # Errors
    /// [`Failure::Broken`] if the key ends before.
    pub fn number(&mut self) -> Result<u64, Failure> {
        let (number, rest) = self.rest.split_first_chunk::<8>().ok_or_else(|| self.short())?;
        self.rest = rest;
        Ok(u64::from_be_bytes(*number))
    }

    /// The next part, a byte.
    ///
    /// # Errors
    /// [`Failure::Broken`] if the key ends before.
    pub fn byte(&mut self) -> Result<u8, Failure> {
        let (byte, rest) = self.rest.split_first().ok_or_else(|| self.short())?;
        self.rest = rest;
        Ok(*byte)
    }

    /// The next part, a text.
    ///
    /// # Errors
    /// [`Failure::Broken`] if there is none.
    pub fn text(&mut self) -> Result<String, Failure> {
        let mut text = Vec::new();
        let mut bytes = self.rest.iter();
        loop {
            match bytes.next() {
                Some(0) => match bytes.next() {
                    Some(0xFF) => text.push(0),
                    Some(1) => break,
                    _ => return Err(self.short()),
                },
                Some(byte) => text.push(*byte),
                None => return Err(self.short()),
            }
        }
        self.rest = bytes.as_slice();
        String::from_utf8(text).map_err(|_| self.short())
    }

    /// Whether all parts were read.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// Leaves out what is left.
    pub fn skip_rest(&mut self) {
        self.rest = &[];
    }

    fn short(&self) -> Failure {
        Failure::broken(format!("a key that can't be read: {}", hex(self.key)))
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_keys_is_the_order_of_their_parts() {
        let texts = ["", "\0", "\0\0", "\0a", "a", "a\0", "a\0b", "aa", "b"];
        let keys: Vec<_> = texts.iter().map(|text| Key::new(Family::Queue).text(text).number(7)).collect();
        assert!(keys.windows(2).all(|pair| pair[0].as_bytes() < pair[1].as_bytes()));
        for (text, key) in texts.iter().zip(&keys) {
            let mut reader = KeyReader::new(key.as_bytes(), Family::Queue).unwrap();
            assert_eq!(reader.text().unwrap(), *text);
            assert_eq!(reader.number().unwrap(), 7);
            assert!(reader.number().is_err());
        }
    }

    #[test]
    fn a_prefix_ends_before_its_neighbour_and_after_its_members() {
        let prefix = Key::new(Family::Message).number(u64::MAX);
        let member = prefix.clone().number(u64::MAX);
        assert!(member.as_bytes() < prefix.end().as_slice());
        assert!(prefix.end().as_slice() <= Key::new(Family::Ready).as_bytes());
    }

    #[test]
    fn a_text_is_no_prefix_of_a_longer_one() {
        let short = Key::new(Family::Queue).text("a");
        let long = Key::new(Family::Queue).text("ab");
        assert!(!(short.as_bytes() <= long.as_bytes() && long.as_bytes() < short.end().as_slice()));
    }
}
