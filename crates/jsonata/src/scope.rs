//! What an expression may see of the world: given to each evaluation, never looked up.

use serde_json::Value as Json;

use crate::error::Error;
use crate::signature::Signature;

/// What surrounds an evaluation.
pub trait Scope {
    /// The variable `$name`. What is lent is not copied.
    fn variable(&self, name: &str) -> Option<&Json>;

    /// The names of the members of a variable that is an object, put together only when it is looked at as a whole.
    /// For what isn't one of these, [`Scope::variable`] is asked.
    fn members(&self, _name: &str) -> Option<&[&'static str]> {
        None
    }

    /// One member of such a variable. What is lent is not copied.
    fn member(&self, _name: &str, _member: &str) -> Option<&Json> {
        None
    }

    /// The document that `$$`, and `$` and field names outside of any path, mean. `None`: undefined.
    fn input(&self) -> Option<&Json> {
        None
    }

    /// The time of `$now()` and `$millis()`, the same throughout an evaluation: milliseconds since 1970.
    fn now_ms(&self) -> i64 {
        0
    }

    /// What `$random()` and `$shuffle()` start from: the same seed gives the same results.
    fn seed(&self) -> u64 {
        0
    }

    /// A function that shadows the built-in one of this name, or adds to them.
    fn function(&self, _name: &str) -> Option<&HostFunction> {
        None
    }

    /// Whether the built-in function of this name isn't there.
    fn removes(&self, _name: &str) -> bool {
        false
    }
}

/// A scope that holds nothing.
impl Scope for () {
    fn variable(&self, _name: &str) -> Option<&Json> {
        None
    }
}

/// What a function of the caller's does: undefined arguments and results are `None`.
pub type Run = dyn Fn(&[Option<Json>]) -> Result<Option<Json>, Box<Error>> + Send + Sync;

/// A function of the caller's. It must be as pure as the evaluation is to be.
pub struct HostFunction {
    pub(crate) name: &'static str,
    pub(crate) signature: Option<Signature>,
    pub(crate) arity: usize,
    pub(crate) run: Box<Run>,
}

impl HostFunction {
    /// A function whose arguments are checked against a signature such as `<a<n>n:a>`; without one they are taken as
    /// they come, in any number. What it is given was paid for; what it returns is charged to the evaluation.
    ///
    /// # Errors
    ///
    /// The signature can't be read.
    pub fn new(
        name: &'static str,
        signature: Option<&str>,
        run: impl Fn(&[Option<Json>]) -> Result<Option<Json>, Box<Error>> + Send + Sync + 'static,
    ) -> Result<HostFunction, Box<Error>> {
        let signature =
            signature.map(Signature::parse).transpose().map_err(|(error, at)| error.at(at).told())?;
        let arity = signature.as_ref().map_or(1, Signature::arity);
        Ok(HostFunction { name, signature, arity, run: Box::new(run) })
    }
}

impl std::fmt::Debug for HostFunction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "HostFunction(${})", self.name)
    }
}
