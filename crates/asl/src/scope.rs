//! What an expression of a state may read: its input (`$`), the context object (`$$`), the variables (`$name`), the time,
//! and a source of entropy for the functions that want one. The caller gathers these; nothing here reads a
//! clock or a random source. The context object is built at most once, and only when an expression looks at it.

use std::cell::OnceCell;
use std::fmt;

use indexmap::IndexMap;
use serde_json::Value;

use crate::jsonata::Allowance;

/// The variables that a state sees, by name without the `$`.
pub type Variables = IndexMap<String, Value>;

/// Where `States.UUID` and `States.MathRandom` take their bits from.
pub trait Entropy {
    fn next_u64(&mut self) -> u64;
}

pub struct Scope<'a> {
    /// What `$` means here.
    pub input: &'a Value,
    /// What `$$` means.
    pub context: &'a ContextObject<'a>,
    /// What `$name` means.
    pub variables: &'a Variables,
    /// What `$states` has beyond the input and the context object, in JSONata.
    pub outcome: StateOutcome<'a>,
    /// The time of the evaluation, in ms since 1970: it stands still.
    pub now_ms: u64,
    /// What expressions of JSONata may do here; without one, all that they may do anywhere.
    pub allowance: Option<&'a Allowance>,
    pub entropy: &'a mut dyn Entropy,
}

/// How the work of a state came out, as far as it is done.
#[derive(Clone, Copy, Debug, Default)]
pub enum StateOutcome<'a> {
    /// There is none yet, or the state does no work.
    #[default]
    None,
    /// `$states.result`
    Result(&'a Value),
    /// `$states.errorOutput`, for a catcher.
    ErrorOutput(&'a Value),
}

impl Scope<'_> {
    /// A member of `$states`.
    pub(crate) fn states(&self, member: &str) -> Option<&Value> {
        match (member, self.outcome) {
            ("input", _) => Some(self.input),
            ("context", _) => Some(self.context.value()),
            ("result", StateOutcome::Result(result)) => Some(result),
            ("errorOutput", StateOutcome::ErrorOutput(error)) => Some(error),
            _ => None,
        }
    }
}

impl fmt::Debug for Scope<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope")
            .field("input", self.input)
            .field("variables", self.variables)
            .finish_non_exhaustive()
    }
}

/// The context object of a state (`$$`), made when it is first read.
pub struct ContextObject<'a> {
    build: Box<dyn Fn() -> Value + 'a>,
    value: OnceCell<Value>,
}

impl<'a> ContextObject<'a> {
    pub fn new(build: impl Fn() -> Value + 'a) -> Self {
        ContextObject { build: Box::new(build), value: OnceCell::new() }
    }

    pub fn value(&self) -> &Value {
        self.value.get_or_init(|| (self.build)())
    }
}

impl fmt::Debug for ContextObject<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContextObject").field("value", &self.value.get()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use serde_json::json;

    use super::*;

    #[test]
    fn the_context_object_is_built_once_and_only_when_read() {
        let built = Cell::new(0);
        let context = ContextObject::new(|| {
            built.set(built.get() + 1);
            json!({"State": {"Name": "s"}})
        });
        assert_eq!(built.get(), 0);
        assert_eq!(context.value()["State"]["Name"], "s");
        assert_eq!(context.value()["State"]["Name"], "s");
        assert_eq!(built.get(), 1);
    }
}
