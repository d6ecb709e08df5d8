//! A version as it is stored.

use crate::failure::Failure;
use crate::rows::{Rows, RowsExt};
use crate::states::keys;
use crate::states::model::Machine;
use minicbor::{Decode, Encode};
use stepwell_store::Direction;

/// A published version of a state machine. Its key says which number it has.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Version {
    /// The number of its [`Revision`](crate::states::model::Revision).
    #[n(0)]
    pub revision: u64,
    #[n(1)]
    pub description: Option<String>,
    #[n(2)]
    pub created_ms: u64,
}

impl Version {
    /// The version of this number, if it is there.
    ///
    /// # Errors
    /// [`Failure::NotLoaded`] or [`Failure::Broken`].
    pub fn find(
        machine: &Machine,
        number: u64,
        rows: &(impl Rows + ?Sized),
    ) -> Result<Option<Self>, Failure> {
        rows.row(&keys::version(machine.id, number))
    }

    /// The newest version that is there, with its number.
    ///
    /// # Errors
    /// [`Failure::NotLoaded`] or [`Failure::Broken`].
    pub fn newest(machine: &Machine, rows: &(impl Rows + ?Sized)) -> Result<Option<(u64, Self)>, Failure> {
        let all = keys::versions(machine.id);
        let newest = rows.scan(all.as_bytes(), &all.end(), Direction::Backward, 1)?.pop();
        let read = |(key, value): (stepwell_store::Slice, stepwell_store::Slice)| {
            Ok((keys::read_version(&key)?, crate::row::decode(&value)?))
        };
        newest.map(read).transpose()
    }
}
