//! The format of a store: a number of its own, so that a program that is too old for a store says so, and touches nothing.
//!
//! A newer program reads an older store: rows gain optional fields, families are added. The number grows when that is not
//! enough, and then a step from the number before to the new one stands here.

use crate::failure::Failure;
use crate::keys::{Family, Key};
use crate::rows::{Rows, RowsExt};
use crate::{counts, row};
use stepwell_store::{Batch, Store};

/// What this program writes.
pub const FORMAT: u64 = 1;

fn key() -> Key {
    Key::new(Family::Format)
}

/// Refuses a store that a newer program wrote.
///
/// # Errors
/// [`Failure::Broken`], in words for the operator.
pub fn check(rows: &(impl Rows + ?Sized)) -> Result<(), Failure> {
    match rows.row::<u64>(&key())? {
        Some(format) if format > FORMAT => Err(Failure::broken(format!(
            "it was written by a newer Stepwell: its format is {format}, and this program knows {FORMAT}"
        ))),
        _ => Ok(()),
    }
}

/// Refuses a store that a newer program wrote, marks one that nobody marked yet, and counts the messages of one that an older
/// program left uncounted.
///
/// # Errors
/// [`Failure::Broken`], in words for the operator.
pub fn agree(store: &Store) -> Result<(), Failure> {
    check(&store.snapshot())?;
    if store.get(key().as_bytes())?.is_none() {
        let mut batch = Batch::default();
        batch.put(key().into_bytes(), row::encode(&FORMAT));
        store.commit(&batch)?;
    }
    if let Some(batch) = counts::count_messages(&store.snapshot())? {
        store.commit(&batch)?;
    }
    Ok(())
}

#[cfg(test)]
mod old_stores;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_of_a_newer_format_is_refused_and_left_alone() {
        let store = Store::in_memory();
        agree(&store).unwrap();
        agree(&store).unwrap();
        let mut batch = Batch::default();
        batch.put(key().into_bytes(), row::encode(&(FORMAT + 1)));
        store.commit(&batch).unwrap();
        let Err(Failure::Broken(reason)) = agree(&store) else { panic!("a newer store") };
        assert_eq!(reason, "it was written by a newer Stepwell: its format is 2, and this program knows 1");
        assert_eq!(store.snapshot().row::<u64>(&key()).unwrap(), Some(FORMAT + 1));
    }
}
