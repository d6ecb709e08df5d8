//! What an evaluation may use, counted: the same expression on the same data ends in the same way on every machine.
//!
//! A step is about 20 ns of a server's core: a node that is evaluated, a function that is called, 64 bytes that are
//! copied or 16 items that are visited. Bytes count what is made, not what is alive. Depth is nested evaluation.

use crate::error::{Error, Fault};

/// What an evaluation may use. Reaching a limit ends it with [`crate::Failure::TooMuch`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Units of work, each about 20 ns.
    pub steps: u64,
    /// Bytes of strings, arrays, objects and frames made in the course of the evaluation.
    pub bytes: u64,
    /// Evaluations within one another. A level of a recursive function takes about three.
    pub depth: u32,
}

impl Default for Limits {
    /// Ten million steps (0.2 s), 64 MiB and a depth of 3,000.
    fn default() -> Self {
        Limits { steps: 10_000_000, bytes: 64 << 20, depth: 3_000 }
    }
}

/// The limit that was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exceeded {
    /// [`Limits::steps`]: most often a recursion or a loop without an end.
    Steps,
    /// [`Limits::bytes`]: what was made is too large.
    Bytes,
    /// [`Limits::depth`], or a value nested more than [`MAX_VALUE_DEPTH`] deep.
    Depth,
}

/// How deep arrays, objects and functions that an expression makes may nest, whatever the limits say: those who
/// print, compare and drop them do so by recursion.
pub const MAX_VALUE_DEPTH: u32 = 1_000;

/// What is left of the limits while an evaluation runs.
pub(crate) struct Meter {
    steps: u64,
    bytes: u64,
    depth: u32,
    calls: u32,
    max_depth: u32,
}

impl Meter {
    pub(crate) fn new(limits: Limits) -> Self {
        Meter { steps: limits.steps, bytes: limits.bytes, depth: 0, calls: 0, max_depth: limits.depth }
    }

    /// Charges `count` steps.
    #[inline]
    pub(crate) fn steps(&mut self, count: u64) -> Result<(), Fault> {
        match self.steps.checked_sub(count) {
            Some(left) => {
                self.steps = left;
                Ok(())
            }
            None => {
                self.steps = 0;
                Err(Fault::TooMuch(Exceeded::Steps))
            }
        }
    }

    /// Charges `count` bytes that are about to be made, and the steps it takes to fill them.
    #[inline]
    pub(crate) fn bytes(&mut self, count: usize) -> Result<(), Fault> {
        match self.bytes.checked_sub(count as u64) {
            Some(left) => {
                self.bytes = left;
                self.steps(count as u64 / 64)
            }
            None => {
                self.bytes = 0;
                Err(Fault::TooMuch(Exceeded::Bytes))
            }
        }
    }

    /// Charges a walk over `count` items of a list, or bytes of a text divided by four.
    #[inline]
    pub(crate) fn walk(&mut self, count: usize) -> Result<(), Fault> {
        self.steps(count as u64 / 16)
    }

    /// Goes one level deeper and says which.
    #[inline]
    pub(crate) fn enter(&mut self) -> Result<u32, Fault> {
        if self.depth >= self.max_depth {
            return Err(Fault::TooMuch(Exceeded::Depth));
        }
        self.depth += 1;
        Ok(self.depth)
    }

    /// Comes back from one level.
    #[inline]
    pub(crate) fn leave(&mut self) {
        self.depth -= 1;
    }

    /// Goes into a call. Calls within calls are counted apart: a call in tail position has no evaluation around it.
    pub(crate) fn enter_call(&mut self) -> Result<(), Fault> {
        if self.calls >= self.max_depth {
            return Err(Fault::TooMuch(Exceeded::Depth));
        }
        self.calls += 1;
        Ok(())
    }

    /// Comes back from a call.
    pub(crate) fn leave_call(&mut self) {
        self.calls -= 1;
    }
}

/// Whether a fault is an expression's own error, which `$eval` may report, and not the end of the evaluation.
pub(crate) fn own_error(fault: Fault) -> Result<Box<Error>, Fault> {
    match fault {
        Fault::Error(error) => Ok(error),
        Fault::TooMuch(what) => Err(Fault::TooMuch(what)),
    }
}
