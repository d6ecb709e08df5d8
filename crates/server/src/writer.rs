//! One turn of a shard's writer, and what is done after its commit, without the waiting.
//!
//! The server's threads drive it with the host's clock and disk; a simulator drives the very same code with its own. Nothing
//! here blocks, reads a clock or touches a disk.

use std::collections::VecDeque;
use stepwell_asl::jsonata::{Evaluation, Verdict};
use stepwell_services::effect::{Completion, Effect, EffectResult, Owed};
use stepwell_services::failure::Failure;
use stepwell_services::observed::Observed;
use stepwell_services::operation::Answer;
use stepwell_services::shard::{Clock, ReplyTo, Sealed, Shard, Submission};
use tokio::sync::oneshot;

/// What a writer finds.
#[derive(Default)]
pub struct Mail {
    pub requests: VecDeque<Submission>,
    pub completions: VecDeque<Completion>,
    pub performed: VecDeque<(Effect, EffectResult)>,
    /// Who wants to know how the shard does.
    pub observers: Vec<oneshot::Sender<Observed>>,
    /// The batch that was on its way to the disk is durable.
    pub settled: bool,
    /// The rows that a turn asked for are there.
    pub loaded: bool,
    /// What evaluations came to that turns asked for, by their numbers.
    pub verdicts: Vec<(u64, Verdict)>,
    /// The server shuts down, or the disk failed.
    pub stop: bool,
    /// Whoever waits is to be answered now: the server shuts down.
    pub release_waiters: bool,
}

impl Mail {
    pub(crate) fn is_empty(&self) -> bool {
        self.has_nothing_to_apply()
            && self.observers.is_empty()
            && self.verdicts.is_empty()
            && !(self.settled || self.loaded || self.stop || self.release_waiters)
    }

    fn has_nothing_to_apply(&self) -> bool {
        self.requests.is_empty() && self.completions.is_empty() && self.performed.is_empty()
    }
}

/// Commands of the mail that a turn applies at most, about what one sync takes: then the writer looks whether the disk is
/// free. If it applied all that waits, everyone would wait for everyone: the disk while all is applied, the writer while all
/// is synced.
const COMMANDS_PER_TURN: usize = 8;
/// How often the writer looks whether a disk that was behind keeps up again.
const HELD_BACK_MS: u64 = 10;

/// What came of a turn.
pub struct Turn {
    /// The batch that goes to the disk now.
    pub sealed: Option<Sealed>,
    /// Rows that have to be loaded. The embedded store never asks for any.
    pub rows_to_load: Option<Vec<Vec<u8>>>,
    /// Evaluations to be performed out of the way, with the numbers under which their verdicts are awaited.
    pub evaluations: Vec<(u64, Box<Evaluation>)>,
    /// The server shuts down and everything is done.
    pub is_over: bool,
}

/// When the next turn is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NextTurn {
    Now,
    /// After so many ms, or when mail comes.
    After(u64),
    /// When mail comes.
    WithMail,
}

/// A shard's writer: decides in turns, one batch at a time on its way to the disk.
pub struct Writer {
    shard: Shard,
    in_flight: bool,
    /// Is told of the results of owed effects as they are taken in.
    told: Box<dyn Fn(&EffectResult) + Send>,
}

impl Writer {
    #[must_use]
    pub fn new(shard: Shard) -> Self {
        Self::telling(shard, Box::new(|_| ()))
    }

    /// A writer that tells of each result of an owed effect as it takes it in.
    #[must_use]
    pub fn telling(shard: Shard, told: Box<dyn Fn(&EffectResult) + Send>) -> Self {
        Self { shard, in_flight: false, told }
    }

    /// How the shard does now.
    pub fn observed(&mut self, clock: Clock) -> Observed {
        self.shard.observed(clock)
    }

    /// Applies some of what came and what is due, as far as the open batch has room, and seals the batch if the disk is free.
    ///
    /// # Errors
    /// [`Failure::Broken`] if the store can't be read: then the process has to stop.
    pub fn turn(&mut self, mail: &mut Mail, clock: Clock) -> Result<Turn, Failure> {
        if std::mem::take(&mut mail.settled) {
            self.shard.settled();
            self.in_flight = false;
        }
        if std::mem::take(&mut mail.release_waiters) {
            self.shard.release_waiters();
        }
        if std::mem::take(&mut mail.loaded) {
            self.shard.loaded(clock)?;
        }
        for (id, verdict) in mail.verdicts.drain(..) {
            self.shard.evaluated(id, verdict, clock)?;
        }
        self.apply(mail, clock);
        self.shard.take_turns(clock)?;
        let sealed = if self.in_flight { None } else { self.shard.seal() };
        self.in_flight |= sealed.is_some();
        let is_idle = !self.in_flight && mail.requests.is_empty() && !self.shard.has_postponed();
        Ok(Turn {
            sealed,
            rows_to_load: self.shard.rows_to_load(),
            evaluations: self.shard.evaluations(),
            is_over: mail.stop && is_idle,
        })
    }

    /// Applies what came first, as far as the open batch has room. What comes back from outside and what is asked have every
    /// second place each, so that neither keeps the other waiting, however much of it there is.
    fn apply(&mut self, mail: &mut Mail, clock: Clock) {
        let mut continued = 0;
        for place in 0..COMMANDS_PER_TURN {
            if self.shard.is_full() {
                return;
            }
            let is_asked_first = place % 2 == 1;
            let applied = (is_asked_first && self.apply_asked(mail, clock))
                || self.apply_own(mail, place % 4 == 0, &mut continued, clock)
                || self.apply_asked(mail, clock);
            if !applied {
                return;
            }
        }
    }

    fn apply_asked(&mut self, mail: &mut Mail, clock: Clock) -> bool {
        let submission = mail.requests.pop_front();
        submission.map(|submission| self.shard.apply(submission, clock)).is_some()
    }

    /// Takes a result in. A continuation is as much work as many commands: while somebody asks, a turn has one of them.
    fn apply_own(&mut self, mail: &mut Mail, owed_first: bool, continued: &mut usize, clock: Clock) -> bool {
        if !owed_first && let Some((effect, result)) = mail.performed.pop_front() {
            self.shard.complete_performed(effect, result, clock);
            return true;
        }
        let is_turn = |completion: &Completion| completion.result == EffectResult::Continued;
        let must_wait = (*continued > 0 && !mail.requests.is_empty()) || self.shard.is_held_back();
        if !mail.completions.front().is_some_and(|next| must_wait && is_turn(next))
            && let Some(completion) = mail.completions.pop_front()
        {
            *continued += usize::from(is_turn(&completion));
            (self.told)(&completion.result);
            self.shard.complete(completion, clock);
            return true;
        }
        let performed = mail.performed.pop_front();
        performed.map(|(effect, result)| self.shard.complete_performed(effect, result, clock)).is_some()
    }

    /// When the next turn is, with this mail left over.
    #[must_use]
    pub fn next_turn(&self, mail: &Mail, clock: Clock) -> NextTurn {
        let stopping = mail.stop && !self.in_flight;
        let is_quiet = mail.requests.is_empty() && mail.performed.is_empty() && mail.verdicts.is_empty();
        if !stopping && is_quiet && self.shard.is_held_back() {
            return NextTurn::After(HELD_BACK_MS);
        }
        let has_work = !mail.has_nothing_to_apply() || !mail.verdicts.is_empty() || self.shard.has_turns();
        if stopping || (has_work && !self.shard.is_full()) {
            return NextTurn::Now;
        }
        if self.shard.is_full() {
            // Nothing can be done before the batch on its way is settled.
            return NextTurn::WithMail;
        }
        let (stored, steady) = self.shard.next_look();
        // Stored time may be ahead of a clock that was set back: what is due by it is due.
        let is_due = |at: u64| at <= self.shard.last_time_ms();
        let stored = stored.map(|at| if is_due(at) { 0 } else { at.saturating_sub(clock.stored_ms) });
        let steady = steady.map(|at| at.saturating_sub(clock.steady_ms));
        [stored, steady].into_iter().flatten().min().map_or(NextTurn::WithMail, NextTurn::After)
    }
}

/// What is done when a batch is durable.
pub trait Outside {
    /// Tells the writer that its batch is durable.
    fn settled(&mut self);
    /// Gives answers.
    fn answer(&mut self, replies: Vec<(Box<dyn ReplyTo>, Answer)>);
    /// An effect is owed from now on.
    fn owes(&mut self, _effect: &Effect) {}
    /// Hands a result to the writer.
    fn complete(&mut self, completion: Completion);
    /// Performs an owed effect.
    fn perform_owed(&mut self, owed: Owed);
    /// Performs an effect that nothing owes.
    fn perform(&mut self, effect: Effect);
}

/// Answers and releases effects, now that what they follow from is durable.
pub fn after_commit(
    replies: Vec<(Box<dyn ReplyTo>, Answer)>,
    owed: Vec<Owed>,
    performed: Vec<Effect>,
    outside: &mut impl Outside,
) {
    outside.settled();
    outside.answer(replies);
    release(owed, outside);
    for effect in performed {
        outside.perform(effect);
    }
}

/// Releases what is owed: after a commit, and at a start what was owed before.
pub fn release(owed: Vec<Owed>, outside: &mut impl Outside) {
    for owed in owed {
        outside.owes(&owed.effect);
        match owed.effect {
            // Its turn at the end of the queue is all that a continuation asks for.
            Effect::Continue(_) => {
                outside.complete(Completion { id: owed.id, result: EffectResult::Continued });
            }
            effect => outside.perform_owed(Owed { id: owed.id, effect }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::mpsc::{Sender, channel};
    use stepwell_services::context::{Context, Request};
    use stepwell_services::operation::{AnyCommand, Reply};
    use stepwell_services::secrets::Secrets;
    use stepwell_services::settings::Settings;
    use stepwell_services::tx::Tx;
    use stepwell_store::Store;

    const CLOCK: Clock = Clock { stored_ms: 1, wall_ms: 1, steady_ms: 1 };

    struct Asked(Sender<()>);

    impl AnyCommand for Asked {
        fn name(&self) -> &'static str {
            "Asked"
        }

        fn apply_any(&self, _: &mut Tx, _: &mut Context) -> Result<Box<dyn Reply>, Failure> {
            self.0.send(()).map_err(|error| Failure::Broken(error.to_string()))?;
            Ok(Box::new(()))
        }
    }

    fn writer() -> Writer {
        let (settings, secrets) = (Arc::new(Settings::default()), Arc::new(Secrets::new([7; 32])));
        Writer::new(Shard::open(Store::in_memory(), settings, secrets, Box::new(|| [7; 32])).unwrap())
    }

    fn asked(tell: &Sender<()>) -> Submission {
        Submission {
            command: Box::new(Asked(tell.clone())),
            action: None,
            request: Request::own(),
            seed: [7; 32],
            reply: None,
        }
    }

    #[test]
    fn however_much_comes_back_requests_have_their_turn_and_the_other_way_round() {
        for result in [EffectResult::Continued, EffectResult::Posted(Ok(200))] {
            let ((tell, told), mut writer, mut mail) = (channel(), writer(), Mail::default());
            let completion = |id| Completion { id, result: result.clone() };
            mail.completions.extend((0..1000).map(completion));
            mail.requests.extend((0..100).map(|_| asked(&tell)));
            writer.turn(&mut mail, CLOCK).unwrap();
            let least =
                if result == EffectResult::Continued { COMMANDS_PER_TURN - 1 } else { COMMANDS_PER_TURN / 2 };
            assert_eq!(told.try_iter().count(), least, "{result:?}");
            assert_eq!(mail.completions.len() + mail.requests.len(), 1100 - COMMANDS_PER_TURN);
            while !mail.requests.is_empty() {
                writer.turn(&mut mail, CLOCK).unwrap();
            }
            let left = mail.completions.len();
            writer.turn(&mut mail, CLOCK).unwrap();
            assert_eq!(left - mail.completions.len(), COMMANDS_PER_TURN, "alone they have the whole turn");
        }
    }
}
