//! A stable topological order, in waves: each wave depends only on the ones before it. No recursion, since a chain of
//! dependencies may be as long as a template.

/// The waves of `0..depends_on.len()`, ascending within each.
///
/// # Errors
/// Those that stand on a cycle, or between two cycles, ascending.
pub fn waves(depends_on: &[Vec<usize>]) -> Result<Vec<Vec<usize>>, Vec<usize>> {
    let (waves, rest) = peel(depends_on, &vec![true; depends_on.len()]);
    if rest.iter().all(|left| !left) {
        return Ok(waves);
    }
    // What only waits for a cycle is no part of it: peel the rest from its other end.
    let (_, cycle) = peel(&reversed(depends_on), &rest);
    Err((0..depends_on.len()).filter(|index| cycle[*index]).collect())
}

/// Takes away, wave by wave, what depends on nothing that is left among `among`; returns the waves and what is left.
fn peel(depends_on: &[Vec<usize>], among: &[bool]) -> (Vec<Vec<usize>>, Vec<bool>) {
    let dependents = reversed(depends_on);
    let mut left = among.to_vec();
    let mut open: Vec<usize> =
        depends_on.iter().map(|needs| needs.iter().filter(|index| among[**index]).count()).collect();
    let mut waves = Vec::new();
    let mut wave: Vec<usize> =
        (0..depends_on.len()).filter(|index| among[*index] && open[*index] == 0).collect();
    while !wave.is_empty() {
        let mut next = Vec::new();
        for index in &wave {
            left[*index] = false;
            for dependent in dependents[*index].iter().filter(|dependent| among[**dependent]) {
                open[*dependent] -= 1;
                if open[*dependent] == 0 {
                    next.push(*dependent);
                }
            }
        }
        next.sort_unstable();
        waves.push(std::mem::replace(&mut wave, next));
    }
    (waves, left)
}

fn reversed(edges: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let mut reversed = vec![Vec::new(); edges.len()];
    for (from, targets) in edges.iter().enumerate() {
        for to in targets {
            reversed[*to].push(from);
        }
    }
    reversed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waves_hold_the_order() {
        assert_eq!(waves(&[]), Ok(vec![]));
        assert_eq!(waves(&[vec![1, 2], vec![2], vec![], vec![]]), Ok(vec![vec![2, 3], vec![1], vec![0]]));
    }

    #[test]
    fn a_cycle_is_named_without_its_neighbours() {
        assert_eq!(waves(&[vec![0]]), Err(vec![0]));
        // 0 waits for the cycle 1-2, which waits for 3.
        assert_eq!(waves(&[vec![1], vec![2], vec![1, 3], vec![]]), Err(vec![1, 2]));
    }

    #[test]
    fn a_long_chain_needs_no_stack() {
        let chain: Vec<Vec<usize>> =
            (0..200_000_usize).map(|index| index.checked_sub(1).into_iter().collect()).collect();
        assert_eq!(waves(&chain).unwrap().len(), 200_000);
    }
}
