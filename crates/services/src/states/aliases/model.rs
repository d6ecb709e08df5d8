//! An alias as it is stored.

use crate::entropy::Entropy;
use crate::failure::Failure;
use crate::rows::{Rows, RowsExt};
use crate::states::keys;
use crate::states::model::Machine;
use minicbor::{Decode, Encode};
use std::sync::Arc;

/// A name for one version of a state machine, or for two by weight.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Alias {
    /// Grows: the order in which aliases were created.
    #[n(0)]
    pub id: u64,
    #[n(1)]
    pub name: String,
    #[n(2)]
    pub description: Option<String>,
    #[n(3)]
    pub routes: Vec<Route>,
    #[n(4)]
    pub created_ms: u64,
    #[n(5)]
    pub updated_ms: u64,
}

/// A version and its share of the executions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Route {
    /// The number of the version.
    #[n(0)]
    pub version: u64,
    /// In hundredths; those of an alias make a hundred.
    #[n(1)]
    pub weight: u64,
}

impl Alias {
    /// The alias of this name, if it is there.
    ///
    /// # Errors
    /// [`Failure::NotLoaded`] or [`Failure::Broken`].
    pub fn find(
        machine: &Machine,
        name: &str,
        rows: &(impl Rows + ?Sized),
    ) -> Result<Option<Arc<Self>>, Failure> {
        rows.kept_row(&keys::alias(machine.id, name))
    }

    /// All aliases of a state machine, in the order in which they were created.
    ///
    /// # Errors
    /// [`Failure::NotLoaded`] or [`Failure::Broken`].
    pub fn all(machine: &Machine, rows: &(impl Rows + ?Sized)) -> Result<Vec<Self>, Failure> {
        let found = rows.rows(&keys::aliases(machine.id), usize::MAX)?;
        let mut aliases: Vec<Self> = found.into_iter().map(|(_, alias)| alias).collect();
        aliases.sort_by_key(|alias| alias.id);
        Ok(aliases)
    }

    /// The version of the next execution.
    #[must_use]
    pub fn draw(&self, entropy: &mut Entropy) -> u64 {
        let mut drawn = match self.routes.as_slice() {
            // Nothing to choose.
            [_] => 0,
            // The bias of the remainder is below anything that shows.
            _ => u64::from_be_bytes(entropy.bytes()) % 100,
        };
        for route in &self.routes {
            if drawn < route.weight {
                return route.version;
            }
            drawn -= route.weight;
        }
        // INVARIANT: the weights make a hundred, which is checked before an alias is stored.
        self.routes.last().map_or(0, |route| route.version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_drawn_by_their_weights() {
        let route = |version, weight| Route { version, weight };
        let alias = |routes| Alias {
            id: 1,
            name: "a".to_owned(),
            description: None,
            routes,
            created_ms: 0,
            updated_ms: 0,
        };
        let mut entropy = Entropy::new([3; 32]);
        let mut draws = |alias: &Alias| {
            let first = alias.routes[0].version;
            (0..10_000).filter(|_| alias.draw(&mut entropy) == first).count()
        };
        assert_eq!(draws(&alias(vec![route(4, 100)])), 10_000);
        assert_eq!(draws(&alias(vec![route(4, 0), route(7, 100)])), 0);
        assert_eq!(draws(&alias(vec![route(4, 100), route(7, 0)])), 10_000);
        let third = draws(&alias(vec![route(4, 30), route(7, 70)]));
        assert!((2_800..3_200).contains(&third), "{third}");
    }
}
