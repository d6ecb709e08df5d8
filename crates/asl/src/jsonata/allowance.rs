//! What an expression may do where others wait for it, and how one that needs more is evaluated elsewhere.
//!
//! An evaluation that reaches the end of its allowance asks for its [`Verdict`]: it is owned whole, sent to whoever has
//! time, and performed there under the limits that hold everywhere. Then what asked for it runs again, and finds the
//! verdict under the same key. So nothing is decided by how busy a machine was, and nobody waits for a stranger's loop.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use serde_json::Value;
use sha2::{Digest, Sha256};
use stepwell_jsonata::{Failure, HostFunction, Limits, Outcome};

use super::MOST;
use super::scope::{Functions, STATES};
use crate::scope::Variables;

/// The allowance of one evaluation: about a millisecond.
const LEAST: Limits = Limits { steps: 50_000, bytes: 4 << 20, depth: 1_500 };

/// What an evaluation came to.
pub(super) type Result = std::result::Result<Outcome, Failure>;

/// Given to the evaluations of one command: the verdicts that are known, and the place where the next one is asked for.
#[derive(Debug, Default)]
pub struct Allowance {
    verdicts: Vec<Arc<Verdict>>,
    asked: RefCell<Option<Box<Evaluation>>>,
    found: Cell<bool>,
}

impl Allowance {
    pub fn new(verdicts: Vec<Arc<Verdict>>) -> Allowance {
        Allowance { verdicts, ..Allowance::default() }
    }

    /// Whether a verdict was made use of: then the rest of the work is better done by another command, since this one has
    /// begun from the front for each verdict.
    pub fn is_spent(&self) -> bool {
        self.found.get()
    }

    /// The evaluation that has to be performed before the command can be done. What the command has decided meanwhile
    /// means nothing.
    pub fn take_asked(&self) -> Option<Box<Evaluation>> {
        self.asked.take()
    }

    /// Nothing once a verdict is asked for: the rest of the command is for nothing.
    pub(super) fn limits(&self) -> Option<Limits> {
        self.asked.borrow().is_none().then_some(LEAST)
    }

    /// The verdict on an evaluation that reached its limits here, or nothing: then it is asked for.
    pub(super) fn verdict(&self, evaluation: Evaluation) -> Option<&Result> {
        let known = self.verdicts.iter().find(|verdict| verdict.key == evaluation.key);
        self.found.set(self.found.get() || known.is_some());
        if known.is_none() {
            self.asked.borrow_mut().get_or_insert_with(|| Box::new(evaluation));
        }
        known.map(|verdict| &verdict.result)
    }
}

/// An evaluation with all that it reads.
#[derive(Debug)]
pub struct Evaluation {
    expression: Arc<stepwell_jsonata::Expression>,
    key: Key,
    variables: Variables,
    states: Vec<(&'static str, Value)>,
    now_ms: u64,
    seed: u64,
}

/// The same for the same expression on the same data.
type Key = [u8; 32];

impl Evaluation {
    pub(super) fn new(
        expression: &super::Expression,
        variables: Variables,
        states: Vec<(&'static str, Value)>,
        now_ms: u64,
        seed: u64,
    ) -> Evaluation {
        let mut hash = Sha256::new();
        hash.update(expression.location.as_bytes());
        hash.update([0]);
        hash.update(expression.source.as_bytes());
        let variable = |(name, value): (&String, &Value)| format!("\0{name}\0{value}");
        variables.iter().map(variable).for_each(|text| hash.update(text));
        states.iter().for_each(|(name, value)| hash.update(format!("\0{name}\0{value}")));
        let key = hash.finalize().into();
        Evaluation { expression: Arc::clone(&expression.compiled), key, variables, states, now_ms, seed }
    }

    /// Evaluates under the limits that hold everywhere: up to some seconds, and some hundred megabytes.
    pub fn perform(&self) -> Verdict {
        let scope = Owned { evaluation: self, functions: Functions::new(self.seed) };
        Verdict { key: self.key, result: self.expression.evaluate(&scope, MOST) }
    }
}

/// What came of an evaluation.
#[derive(Debug)]
pub struct Verdict {
    key: Key,
    result: Result,
}

struct Owned<'e> {
    evaluation: &'e Evaluation,
    functions: Functions,
}

impl stepwell_jsonata::Scope for Owned<'_> {
    fn variable(&self, name: &str) -> Option<&Value> {
        self.evaluation.variables.get(name)
    }

    fn members(&self, name: &str) -> Option<&[&'static str]> {
        (name == "states").then_some(&STATES)
    }

    fn member(&self, _: &str, member: &str) -> Option<&Value> {
        self.evaluation.states.iter().find(|(name, _)| *name == member).map(|(_, value)| value)
    }

    fn now_ms(&self) -> i64 {
        i64::try_from(self.evaluation.now_ms).unwrap_or(i64::MAX)
    }

    fn seed(&self) -> u64 {
        self.evaluation.seed
    }

    fn function(&self, name: &str) -> Option<&HostFunction> {
        self.functions.named(name)
    }

    fn removes(&self, name: &str) -> bool {
        super::scope::removes(name)
    }
}
