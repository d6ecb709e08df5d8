//! Breaking the world on purpose, so that checkers are seen to fail.

/// What is broken: once, at the first opportunity after an hour, unless it says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sabotage {
    Nothing,
}
