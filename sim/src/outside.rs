//! The world outside: functions and endpoints that do what effects ask for. They answer late, fail, answer twice, or never.

use crate::ask::Ask;
use crate::host::Deed;
use crate::profile::Profile;
use crate::random::Random;
use crate::setting::CONCURRENCY;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use stepwell_services::effect::{
    Effect, EffectResult, EventSourceBatch, FunctionAnswer, InvokeFunction, InvokePurpose,
};
use stepwell_services::fetch::Fetched;
use stepwell_wire::Service;

/// What will come of a deed.
pub enum Consequence {
    /// Its result comes back.
    Result { after_ms: u64, deed: Box<Deed>, result: EffectResult },
    /// It asks for something, as any client.
    Ask { after_ms: u64, ask: Ask },
}

/// What happened outside.
#[derive(Debug)]
pub struct Outside {
    random: Random,
    /// How often each request id was seen by a function.
    invocations: BTreeMap<String, u32>,
    /// Ids of messages of batches whose function said that it is done with them.
    pub done: BTreeSet<String>,
    /// Batches in the hands of functions, by queue.
    pub batches: BTreeMap<u64, usize>,
    /// When last all pollers of a queue's mapping had a batch in the hands of a function.
    pub all_busy_until_ms: BTreeMap<u64, u64>,
    /// Runs of functions that had been run before for the same attempt.
    pub repeated: u64,
    pub performed: u64,
}

impl Outside {
    #[must_use]
    pub fn new(random: Random) -> Self {
        Self {
            random,
            invocations: BTreeMap::new(),
            done: BTreeSet::new(),
            batches: BTreeMap::new(),
            all_busy_until_ms: BTreeMap::new(),
            repeated: 0,
            performed: 0,
        }
    }

    /// The process died: nobody waits for a function any more.
    pub fn abandoned(&mut self) {
        self.batches.clear();
    }

    /// Takes a deed up.
    pub fn take_up(&mut self, deed: Deed, profile: &Profile) -> Vec<Consequence> {
        self.performed += 1;
        let mut consequences = Vec::new();
        let result = match deed.effect() {
            Effect::Invoke(invoke) => self.invoke(&invoke.clone(), &mut consequences),
            Effect::PrepareFunction(_) => {
                let fails = self.random.percent(3);
                EffectResult::Prepared(if fails { Err("no network".to_owned()) } else { Ok(()) })
            }
            Effect::Post(post) => self.post(&post.body.clone(), &mut consequences),
            Effect::Fetch(_) => EffectResult::Fetched(Fetched::Failed("no network".to_owned())),
            // The engine's own steps need no world: what counts here is that it is taken up, and its row.
            Effect::Execute(_) => EffectResult::Executed(None),
            Effect::Continue(_) => EffectResult::Continued,
        };
        if self.random.chance(profile.lost_effects) {
            return consequences;
        }
        let times = 1 + usize::from(self.random.chance(profile.doubled_effects) && is_owed(&deed));
        for _ in 0..times {
            let (deed, result) = (deed.clone(), result.clone());
            let after_ms = self.random.pause(1500);
            consequences.push(Consequence::Result { after_ms, deed: Box::new(deed), result });
        }
        consequences
    }

    /// A result reaches the process.
    pub fn brought_back(&mut self, deed: &Deed, result: &EffectResult, now_ms: u64) {
        let Effect::Invoke(InvokeFunction { purpose: InvokePurpose::EventSource(batch), .. }) = deed.effect()
        else {
            return;
        };
        if let Some(batches) = self.batches.get_mut(&batch.queue) {
            if *batches >= CONCURRENCY {
                self.all_busy_until_ms.insert(batch.queue, now_ms);
            }
            *batches = batches.saturating_sub(1);
        }
        if let EffectResult::Invoked(FunctionAnswer::Ran { error: None, payload, .. }) = result {
            let kept = |id: &String| batch.reports_failures && payload.contains(id.as_str());
            let ids = batch.messages.iter().map(|message| message.id.clone());
            self.done.extend(ids.filter(|id| !kept(id)));
        }
    }

    fn invoke(&mut self, invoke: &InvokeFunction, consequences: &mut Vec<Consequence>) -> EffectResult {
        let seen = self.invocations.entry(invoke.request_id.clone()).or_default();
        *seen += 1;
        self.repeated += u64::from(*seen > 1 && matches!(invoke.purpose, InvokePurpose::Task(..)));
        if let Some(token) = crate::marks::token(&invoke.payload) {
            self.answer_token(token, &invoke.request_id, consequences);
        }
        if let InvokePurpose::EventSource(batch) = &invoke.purpose {
            *self.batches.entry(batch.queue).or_default() += 1;
        }
        EffectResult::Invoked(match self.random.below(100) {
            0..75 => ran(self.payload(&invoke.purpose), None),
            75..90 => ran(json!({"errorMessage": "oops", "errorType": "Flaky"}), Some("Unhandled")),
            90..95 => refused("TooManyRequestsException", 429),
            _ => refused("ServiceException", 500),
        })
    }

    /// A function that was given a token returns it some time, perhaps twice.
    fn answer_token(&mut self, token: &str, request_id: &str, consequences: &mut Vec<Consequence>) {
        for turn in 0..1 + self.random.below(2) {
            let tag = format!("f-{request_id}-{turn}");
            let token = token.to_owned();
            let ask =
                if self.random.percent(80) { Ask::Succeed { token, tag } } else { Ask::Fail { token, tag } };
            consequences.push(Consequence::Ask { after_ms: self.random.pause(60_000), ask });
        }
    }

    fn payload(&mut self, purpose: &InvokePurpose) -> Value {
        match purpose {
            InvokePurpose::EventSource(EventSourceBatch { reports_failures: true, messages, .. })
                if self.random.percent(40) =>
            {
                let message = self.random.pick(messages);
                json!({"batchItemFailures": [{"itemIdentifier": message.id}]})
            }
            _ => json!({"ok": self.random.below(1000)}),
        }
    }

    fn post(&mut self, body: &str, consequences: &mut Vec<Consequence>) -> EffectResult {
        let body: Value = serde_json::from_str(body).unwrap_or_default();
        if body["Type"] == "SubscriptionConfirmation" {
            let input = json!({"TopicArn": body["TopicArn"], "Token": body["Token"]});
            let ask = Ask::Make { service: Service::Sns, operation: "ConfirmSubscription", input };
            consequences.push(Consequence::Ask { after_ms: self.random.pause(1000), ask });
        }
        EffectResult::Posted(match self.random.below(100) {
            0..75 => Ok(200),
            75..88 => Ok(503),
            88..92 => Ok(404),
            _ => Err("no route to host".to_owned()),
        })
    }
}

/// The server itself never brings the result of what isn't owed twice.
fn is_owed(deed: &Deed) -> bool {
    matches!(deed, Deed::Owed(_))
}

fn ran(payload: Value, error: Option<&str>) -> FunctionAnswer {
    FunctionAnswer::Ran {
        payload: payload.to_string(),
        error: error.map(str::to_owned),
        executed_version: "$LATEST".to_owned(),
        log_tail: None,
    }
}

fn refused(code: &str, status: u16) -> FunctionAnswer {
    FunctionAnswer::Refused { code: code.to_owned(), status, message: "Rate Exceeded.".to_owned() }
}
