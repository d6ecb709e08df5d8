//! Numbers in policies: AWS compares them with six digits after the point, within a billion.

use super::compile::Problem;

pub const LARGEST: f64 = 1_000_000_000.0;

/// Whether two numbers are the same for AWS.
pub fn same(left: f64, right: f64) -> bool {
    (left - right).abs() < 0.000_000_5
}

/// A number that a policy can have.
pub fn check(number: f64) -> Result<f64, Problem> {
    if (-LARGEST..=LARGEST).contains(&number) {
        return Ok(number);
    }
    Err(Problem::here("Value must be between -1.0E9 and 1.0E9, inclusive"))
}

/// From a number to another; each may or may not belong to it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Range {
    pub bottom: f64,
    pub open_bottom: bool,
    pub top: f64,
    pub open_top: bool,
}

impl Range {
    pub fn has(&self, number: f64) -> bool {
        let above = number > self.bottom && !same(number, self.bottom);
        let below = number < self.top && !same(number, self.top);
        (above || !self.open_bottom && same(number, self.bottom))
            && (below || !self.open_top && same(number, self.top))
    }
}
