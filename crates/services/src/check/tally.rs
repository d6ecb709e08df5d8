//! Two sets that have to be the same, compared in constant memory where neither says where the other's members stand.

/// How many members each side has, and a sum over them that differs when they do.
#[derive(Debug, Default, Clone, Copy)]
pub struct Tally {
    left: (u64, u128),
    right: (u64, u128),
}

impl Tally {
    pub fn left(&mut self, member: u64) {
        self.left = add(self.left, member);
    }

    pub fn right(&mut self, member: u64) {
        self.right = add(self.right, member);
    }

    /// How many members each side has, if they aren't the same members.
    #[must_use]
    pub fn difference(&self) -> Option<(u64, u64)> {
        (self.left != self.right).then_some((self.left.0, self.right.0))
    }
}

/// The square beside the count: one member can't stand for another, nor two for two others of the same sum by mere chance.
fn add((count, sum): (u64, u128), member: u64) -> (u64, u128) {
    let member = u128::from(member);
    (count + 1, sum.wrapping_add((member << 64) ^ (member * member)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_are_the_same_in_any_order_and_differ_by_one_member() {
        let mut tally = Tally::default();
        [1, 5, 9].into_iter().for_each(|member| tally.left(member));
        [9, 1].into_iter().for_each(|member| tally.right(member));
        assert_eq!(tally.difference(), Some((3, 2)));
        let mut other = tally;
        tally.right(5);
        assert_eq!(tally.difference(), None);
        other.right(6);
        assert_eq!(other.difference(), Some((3, 3)));
    }
}
