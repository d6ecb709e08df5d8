//! What an expression of JSONata sees: the variables, `$states`, and AWS's functions.

use std::cell::OnceCell;

use serde_json::Value;
use stepwell_jsonata::HostFunction;

use super::allowance::Evaluation;
use super::functions;
use crate::scope::Scope;

/// The members of `$states`.
pub(super) const STATES: [&str; 4] = ["input", "result", "errorOutput", "context"];

/// A state's scope as JSONata sees it.
pub(super) struct View<'s, 'a> {
    scope: &'s Scope<'a>,
    /// Drawn once for each expression.
    seed: u64,
    functions: Functions,
}

impl<'s, 'a> View<'s, 'a> {
    pub fn new(scope: &'s mut Scope<'a>) -> Self {
        let seed = scope.entropy.next_u64();
        View { scope, seed, functions: Functions::new(seed) }
    }

    /// The same evaluation, with copies of all that it may read.
    pub fn owned(&self, expression: &super::Expression) -> Evaluation {
        let variables = expression.variables().filter_map(|name| {
            let value = self.scope.variables.get(name)?;
            Some((name.to_owned(), value.clone()))
        });
        let states = STATES.iter().filter_map(|name| Some((*name, self.scope.states(name)?.clone())));
        Evaluation::new(expression, variables.collect(), states.collect(), self.scope.now_ms, self.seed)
    }
}

impl stepwell_jsonata::Scope for View<'_, '_> {
    fn variable(&self, name: &str) -> Option<&Value> {
        self.scope.variables.get(name)
    }

    fn members(&self, name: &str) -> Option<&[&'static str]> {
        (name == "states").then_some(&STATES)
    }

    fn member(&self, _: &str, member: &str) -> Option<&Value> {
        self.scope.states(member)
    }

    fn now_ms(&self) -> i64 {
        i64::try_from(self.scope.now_ms).unwrap_or(i64::MAX)
    }

    fn seed(&self) -> u64 {
        self.seed
    }

    fn function(&self, name: &str) -> Option<&HostFunction> {
        self.functions.named(name)
    }

    fn removes(&self, name: &str) -> bool {
        removes(name)
    }
}

/// AWS has no `$eval`: `$parse` reads data, and nothing reads code.
pub(super) fn removes(name: &str) -> bool {
    name == "eval"
}

/// AWS's own functions for one evaluation.
pub(super) struct Functions {
    seed: u64,
    random: OnceCell<[HostFunction; 2]>,
}

impl Functions {
    pub fn new(seed: u64) -> Functions {
        Functions { seed, random: OnceCell::new() }
    }

    pub fn named(&self, name: &str) -> Option<&HostFunction> {
        match functions::RANDOM.iter().position(|random| *random == name) {
            Some(index) => self.random.get_or_init(|| functions::random(self.seed)).get(index),
            None => functions::named(name),
        }
    }
}
