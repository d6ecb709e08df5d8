//! What an expression of a state may read: its input (`$`), the context object (`$$`), the variables (`$name`), and a
//! source of entropy for the two intrinsic functions that want one. The caller gathers these; nothing here reads a
//! clock or a random source. The context object is built at most once, and only when an expression looks at it.

use std::cell::OnceCell;
use std::fmt;

use indexmap::IndexMap;
use serde_json::Value;

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
    pub entropy: &'a mut dyn Entropy,
}

impl<'a> Scope<'a> {
    /// The same scope with another `$`.
    pub fn with_input<'b>(&'b mut self, input: &'b Value) -> Scope<'b>
    where
        'a: 'b,
    {
        Scope { input, context: self.context, variables: self.variables, entropy: &mut *self.entropy }
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
