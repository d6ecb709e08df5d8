//! The way of a request: asked, answered or not, and what its client makes of it.

use super::{Happening, World};
use crate::ask::{ACCOUNT, Ask, REGION};
use crate::facts::Open;
use crate::line::{Line, RequestId, Told};
use crate::sabotage::Sabotage;
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use stepwell_services::context::{Caller, Request};
use stepwell_services::keys::Scope;
use stepwell_services::shard::Submission;

impl World<'_> {
    /// A client does something, or nothing this time.
    pub(super) fn act(&mut self, client: usize) {
        if self.facts.is_settling && !self.clients[client].works_off() {
            return;
        }
        let stored_ms = self.facts.stored_ms();
        match self.clients[client].act(&self.facts.setting, &self.memory, stored_ms) {
            Some(ask) => self.ask(Some(client), ask),
            None => self.act_later(client),
        }
    }

    pub(super) fn act_later(&mut self, client: usize) {
        let pause_ms = self.clients[client].pause_ms(self.facts.is_settling);
        self.agenda.after(pause_ms, Happening::Act(client));
    }

    /// Sends a request. Where nobody listens it is refused, and the client knows that nothing came of it.
    pub(super) fn ask(&mut self, client: Option<usize>, ask: Ask) {
        self.next_request += 1;
        let request = self.next_request;
        let is_gone = Arc::new(AtomicBool::new(false));
        let line = Line { request, is_gone: is_gone.clone(), answers: self.facts.host.answers.clone() };
        let submission = Submission {
            command: ask.command(),
            action: None,
            request: Request {
                caller: Caller::root(ACCOUNT),
                scope: Scope::new(ACCOUNT, REGION),
                request_id: format!("request-{request}").into(),
                base_url: "http://localhost:4566".into(),
            },
            seed: self.random.seed(),
            reply: Some(Box::new(line)),
        };
        if !self.facts.host.submit(submission) {
            match client {
                Some(client) => self.act_later(client),
                // A function tries again until someone listens.
                None => self.agenda.after(1000, Happening::Ask(ask)),
            }
            return;
        }
        self.note(|| format!("asks {request} ({client:?}) {ask:?}"));
        self.tally.commands += 1;
        self.facts.ledger.asked(&ask);
        let patience_ms = client.map_or(15_000, |client| self.clients[client].patience_ms(&ask));
        self.agenda.after(patience_ms, Happening::GiveUp { request });
        let (life, since_ms) = (self.facts.host.life, self.agenda.now_ms());
        let open = Open { ask, client, is_gone, life, since_ms, was_answered: false };
        self.facts.requests.insert(request, open);
        self.set_turn(0);
    }

    /// Answers that were given go on their way, on which some are lost.
    pub(super) fn send_answers(&mut self) {
        for (request, told) in self.facts.host.answers.take() {
            let text = format!("{told:?}");
            self.sum.add(text.as_bytes());
            self.note(|| format!("answers {request} {text}"));
            if let Some(open) = self.facts.requests.get_mut(&request) {
                let is_poll = matches!(open.ask, Ask::Receive { wait_s: 1.., .. });
                if is_poll && self.plan.sabotage == Sabotage::ForgetPoll {
                    continue;
                }
                open.was_answered = true;
            }
            if !self.random.chance(self.profile.lost_answers) {
                let told = Box::new(told);
                self.agenda.after(self.random.below(4), Happening::Arrive { request, told });
            }
        }
    }

    /// An answer reaches its client, if there still is one.
    pub(super) fn arrive(&mut self, request: RequestId, told: &Told) {
        let Some(open) = self.facts.requests.remove(&request) else { return };
        let falsified = self.falsified(&open.ask, told);
        let told = falsified.as_ref().unwrap_or(told);
        self.facts.ledger.told(&open.ask, told);
        self.check(|checker, facts| checker.told(&open.ask, told, facts));
        self.client_knows(&open, Some(told));
    }

    /// The answer as it never should be, where the world is broken on purpose.
    fn falsified(&self, ask: &Ask, told: &Told) -> Option<Told> {
        match (self.sabotage(), ask, told) {
            (Sabotage::AcceptLateAnswer, Ask::Succeed { token, .. } | Ask::Fail { token, .. }, Err(_)) => {
                let was_accepted =
                    self.facts.ledger.tokens.get(token).is_some_and(|token| !token.accepted.is_empty());
                was_accepted.then_some(Ok(Value::Null))
            }
            (Sabotage::SkipInGroup, Ask::Receive { queue, .. }, Ok(answer)) if queue.ends_with(".fifo") => {
                let mut answer = answer.clone();
                let messages = answer["Messages"].as_array_mut()?;
                let last = messages.last_mut()?;
                last["Attributes"]["SequenceNumber"] = Value::from("19999999999999999999");
                Some(Ok(answer))
            }
            _ => None,
        }
    }

    /// A client hangs up: it doesn't know what came of its request.
    pub(super) fn give_up(&mut self, request: RequestId) {
        let Some(open) = self.facts.requests.remove(&request) else { return };
        self.note(|| format!("gives up {request}"));
        open.is_gone.store(true, Ordering::Relaxed);
        self.client_knows(&open, None);
    }

    /// All lines that nothing was sent over are cut.
    pub(super) fn cut_lines(&mut self) {
        let waiting = self.facts.requests.iter().filter(|(_, open)| !open.was_answered);
        for request in waiting.map(|(request, _)| *request).collect::<Vec<_>>() {
            self.give_up(request);
        }
    }

    fn client_knows(&mut self, open: &Open, told: Option<&Told>) {
        let Some(client) = open.client else { return };
        let stored_ms = self.facts.stored_ms();
        self.clients[client].told(&open.ask, told, stored_ms, &mut self.memory);
        self.act_later(client);
    }
}
