//! What must happen outside after a commit, and what comes back.
//!
//! An owed effect is a row in the commit that owes it; the copy that the server is handed is only a hint. It is performed at
//! least once, and its result is taken in once: the completion that finds the row removes it, a later one finds none.

use crate::context::Context;
use crate::events::deliver::StartByEvent;
use crate::failure::Failure;
use crate::fetch::{Fetch, Fetched};
use crate::keys::{Family, Key};
use crate::operation::{AnyCommand, Reply};
use crate::rows::RowsExt;
use crate::states::execution_log::WriteLog;
use crate::states::express::ExpressExecution;
use crate::tx::Tx;
use minicbor::{Decode, Encode};

/// The sequence number under which an effect is owed.
pub type EffectId = u64;

/// The closed list of what can be owed.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Effect {
    /// Run a function and bring its answer back.
    #[n(0)]
    Invoke(#[n(0)] InvokeFunction),
    /// Make a function ready to run: its runtime, its SDKs, its code.
    #[n(1)]
    PrepareFunction(#[n(0)] PrepareFunction),
    /// Send a notification to an HTTP endpoint.
    #[n(2)]
    Post(#[n(0)] PostNotification),
    /// Take a turn at the end of the queue: a command's bounded work was not enough.
    #[n(3)]
    Continue(#[n(0)] Continuation),
    /// Make a request for a Task state and bring its answer back.
    #[n(10)]
    Fetch(#[n(0)] Fetch),
    /// Run an execution of an EXPRESS state machine from its beginning.
    #[n(11)]
    Execute(#[n(0)] ExpressExecution),
}

/// A run of a function.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct InvokeFunction {
    #[n(0)]
    pub account: String,
    #[n(1)]
    pub region: String,
    /// The name, without qualifier.
    #[n(2)]
    pub function: String,
    /// A version or alias, or nothing for `$LATEST`.
    #[n(3)]
    pub qualifier: Option<String>,
    /// JSON text.
    #[n(4)]
    pub payload: String,
    /// The same for every try of one attempt: what the function sees as its request id.
    #[n(5)]
    pub request_id: String,
    #[n(6)]
    pub purpose: InvokePurpose,
    /// Whether the last 4 KB of the log are wanted in the answer.
    #[n(7)]
    pub log_tail: bool,
    /// Base64 of the client context, passed through.
    #[n(8)]
    pub client_context: Option<String>,
}

/// Whom a function's answer is for.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum InvokePurpose {
    /// A caller who holds the line: nothing is owed, nothing comes back into the shard.
    #[n(0)]
    Caller,
    /// An attempt of a Task state.
    #[n(1)]
    Task(#[n(0)] TaskAttempt, #[n(1)] TaskShape),
    /// An asynchronous invocation: its row knows how often it was tried.
    #[n(2)]
    Asynchronous(#[n(0)] u64),
    /// A batch of an event source mapping.
    #[n(3)]
    EventSource(#[n(0)] EventSourceBatch),
}

/// A batch that a mapping took from a queue: what its end needs to know, even if the mapping is gone by then.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct EventSourceBatch {
    /// The mapping, in the account and region of the invocation.
    #[n(0)]
    pub mapping: String,
    /// Which of the mapping's pollers took it.
    #[n(1)]
    pub generation: u64,
    #[n(2)]
    pub slot: u32,
    /// The queue's number.
    #[n(3)]
    pub queue: u64,
    #[n(4)]
    pub messages: Vec<BatchMessage>,
    /// Whether the function's answer says which messages failed.
    #[n(5)]
    pub reports_failures: bool,
}

/// A message of a batch, with what its receipt says.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct BatchMessage {
    #[n(0)]
    pub id: String,
    #[n(1)]
    pub sequence: u64,
    #[n(2)]
    pub visible_from_ms: u64,
}

/// An attempt of a Task state, as task tokens and effects name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Encode, Decode)]
pub struct TaskAttempt {
    /// The state machine's number.
    #[n(0)]
    pub machine: u64,
    /// The execution's number.
    #[n(1)]
    pub execution: u64,
    /// The frame within the execution.
    #[n(2)]
    pub frame: u32,
    /// The attempt within the execution: grows over its whole life.
    #[n(3)]
    pub attempt: u64,
}

/// A call that a Task state makes in a turn of its own, so that it may change executions, the caller's own included.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct TaskCall {
    #[n(0)]
    pub attempt: TaskAttempt,
    /// JSON text.
    #[n(1)]
    pub parameters: String,
    /// When the task was scheduled: a long poll is patient from then on.
    #[n(2)]
    pub since_ms: u64,
}

/// What a Task state makes of a function's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum TaskShape {
    /// The function is the resource: its result is the result.
    #[n(0)]
    Payload,
    /// `lambda:invoke`: the result with what the API said around it.
    #[n(1)]
    Envelope,
    /// `lambda:invoke.waitForTaskToken`: the request was accepted, and the token is waited for.
    #[n(2)]
    Submitted,
    /// `aws-sdk:lambda:invoke`: the answer of the API itself.
    #[n(3)]
    Sdk,
    /// `aws-sdk:lambda:invoke.waitForTaskToken`: the same, and the token is waited for.
    #[n(4)]
    SdkSubmitted,
}

/// A function that has to be made ready.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct PrepareFunction {
    #[n(0)]
    pub account: String,
    #[n(1)]
    pub region: String,
    #[n(2)]
    pub function: String,
    /// The revision that is to become ready; a later one makes this effect idle.
    #[n(3)]
    pub revision: String,
}

/// A notification for an HTTP endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct PostNotification {
    #[n(0)]
    pub url: String,
    #[n(1)]
    pub headers: Vec<(String, String)>,
    #[n(2)]
    pub body: String,
    /// The subscription whose delivery this is.
    #[n(3)]
    pub subscription_arn: String,
    /// How many times it failed before.
    #[n(4)]
    pub failures: u32,
}

/// Work that goes on by cursor.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Continuation {
    /// Go on with an execution whose budget ended.
    #[n(0)]
    Execution(#[n(0)] u64, #[n(1)] u64),
    /// Remove messages of a queue.
    #[n(1)]
    PurgeQueue(#[n(0)] PurgeQueue),
    /// Take the next step of a stack operation.
    #[n(2)]
    Stack(#[n(0)] u64),
    /// Remove the rows of a state machine that was deleted.
    #[n(3)]
    DeleteMachine(#[n(0)] DeleteMachine),
    /// Remove what stands under the number of a deleted function.
    #[n(4)]
    DeleteFunction(#[n(0)] u64),
    /// Remove closed executions that were kept long enough.
    #[n(5)]
    ForgetExecutions,
    /// Give a message to the next subscribers of its topic.
    #[n(10)]
    FanOut(#[n(0)] FanOut),
    /// Remove what stands under the number of a deleted topic.
    #[n(11)]
    SweepTopic(#[n(0)] u64),
    /// Remove the streams and events of what was deleted.
    #[n(20)]
    ForgetLogs(#[n(0)] ForgetLogs),
    /// Remove the expired events of a log group.
    #[n(21)]
    SweepLogs(#[n(0)] SweepLogs),
    /// Remove what stands under the number of a deleted queue.
    #[n(12)]
    ForgetQueue(#[n(0)] u64),
    /// Remove messages of a queue whose retention is over.
    #[n(13)]
    SweepQueue(#[n(0)] SweepQueue),
    /// Remove the tasks that wait for workers of a deleted activity.
    #[n(30)]
    ForgetActivity(#[n(0)] u64),
    /// Make a Task state's call of another service.
    #[n(31)]
    Call(#[n(0)] TaskCall),
    /// Tell whoever waits for it that an execution ended: state machine, execution.
    #[n(32)]
    TellOfEnd(#[n(0)] u64, #[n(1)] u64),
    /// Stop an execution whose parent waits for it no longer: state machine, execution.
    #[n(33)]
    StopChild(#[n(0)] u64, #[n(1)] u64),
    /// Move messages out of a dead-letter queue: queue, task.
    #[n(14)]
    MoveMessages(#[n(0)] u64, #[n(1)] u64),
    /// A turn of a map run: its parent's machine, its parent, its own number.
    #[n(6)]
    MapRun(#[n(0)] u64, #[n(1)] u64, #[n(2)] u64),
    /// Start a state machine that is the target of a rule.
    #[n(50)]
    StartByEvent(#[n(0)] StartByEvent),
    /// Remove the pieces of a body that nothing refers to any more.
    #[n(40)]
    ForgetBody(#[n(0)] ForgetBody),
    /// Remove the parts of an upload that is gone, by its id.
    #[n(41)]
    ForgetUpload(#[n(0)] String),
}

/// How far the removal of a body has come.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct ForgetBody {
    #[n(0)]
    pub body: String,
    /// The next piece to remove.
    #[n(1)]
    pub next: u64,
    /// How many there were.
    #[n(2)]
    pub pieces: u64,
}

/// How far a sweep for old messages has come.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct SweepQueue {
    #[n(0)]
    pub queue: u64,
    /// The next `Ready` key to look at.
    #[n(1)]
    pub cursor: Vec<u8>,
    /// When the oldest message that stays was sent.
    #[n(2)]
    pub oldest_ms: u64,
}

/// How far a message has come on its way to its subscribers.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct FanOut {
    #[n(0)]
    pub publication: u64,
    /// The next subscription's key.
    #[n(1)]
    pub cursor: Vec<u8>,
}

/// How far a purge has come.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct PurgeQueue {
    #[n(0)]
    pub queue: u64,
    /// Only messages that were sent before this sequence number.
    #[n(1)]
    pub before: u64,
    /// The next `Ready` key to look at.
    #[n(2)]
    pub cursor: Vec<u8>,
}

/// A state machine whose rows are removed.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct DeleteMachine {
    #[n(0)]
    pub machine: u64,
}

/// Whose events are removed.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum ForgetLogs {
    /// A log group, by its number: its streams go as well.
    #[n(0)]
    Group(#[n(0)] u64),
    /// A stream, by its number.
    #[n(1)]
    Stream(#[n(0)] u64),
}

/// How far a sweep of a log group has come.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct SweepLogs {
    #[n(0)]
    pub account: String,
    #[n(1)]
    pub region: String,
    #[n(2)]
    pub name: String,
    /// The group's number: it may have been deleted and made anew.
    #[n(3)]
    pub group: u64,
    #[n(4)]
    pub before_ms: u64,
    /// The stream to go on with.
    #[n(5)]
    pub stream: String,
}

/// What came of an effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EffectResult {
    /// A function answered.
    Invoked(FunctionAnswer),
    /// A function is ready, or why it is not.
    Prepared(Result<(), String>),
    /// The endpoint's status, or why it could not be reached.
    Posted(Result<u16, String>),
    /// An endpoint answered a task's request, or why it didn't.
    Fetched(Fetched),
    /// An execution ended in memory; what is left of its log.
    Executed(Option<Box<WriteLog>>),
    /// It is its turn.
    Continued,
}

/// How a function's run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FunctionAnswer {
    /// It ran. `error` is `Unhandled` or `Handled` if its payload is an error object.
    Ran { payload: String, error: Option<String>, executed_version: String, log_tail: Option<String> },
    /// It could not be run: AWS's code, HTTP status and message.
    Refused { code: String, status: u16, message: String },
}

/// An effect in the hands of the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owed {
    pub id: EffectId,
    pub effect: Effect,
}

/// The command that takes an effect's result in.
#[derive(Debug)]
pub struct Completion {
    pub id: EffectId,
    pub result: EffectResult,
}

impl AnyCommand for Completion {
    fn name(&self) -> &'static str {
        "Completion"
    }

    fn apply_any(&self, tx: &mut Tx, context: &mut Context) -> Result<Box<dyn Reply>, Failure> {
        let key = key(self.id);
        let Some(effect) = tx.row::<Effect>(&key)? else {
            // Late or doubled: it was taken in already.
            return Ok(Box::new(()));
        };
        tx.remove(&key);
        crate::dispatch::completed(effect, &self.result, tx, context)?;
        Ok(Box::new(()))
    }
}

/// Where an owed effect stands.
#[must_use]
pub fn key(id: EffectId) -> Key {
    Key::new(Family::Effect).number(id)
}
