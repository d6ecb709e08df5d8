//! Reading rows: the same rules read a transaction on the writer and a snapshot beside it.

use crate::failure::Failure;
use crate::keys::Key;
use crate::row;
use minicbor::Decode;
use stepwell_store::{Direction, Pair, Slice, Snapshot};

/// Something that rows can be read from.
pub trait Rows {
    /// The bytes at `key`.
    ///
    /// # Errors
    /// [`Failure::NotLoaded`] or [`Failure::Broken`].
    fn bytes(&self, key: &[u8]) -> Result<Option<Slice>, Failure>;

    /// At most `limit` pairs from `start` (inclusive) to `end` (exclusive).
    ///
    /// # Errors
    /// [`Failure::NotLoaded`] or [`Failure::Broken`].
    fn scan(
        &self,
        start: &[u8],
        end: &[u8],
        direction: Direction,
        limit: usize,
    ) -> Result<Vec<Pair>, Failure>;
}

/// Typed reading over [`Rows`].
pub trait RowsExt: Rows {
    /// The row at `key`.
    ///
    /// # Errors
    /// [`Failure::NotLoaded`], or [`Failure::Broken`] if the row can't be read.
    fn row<T: for<'b> Decode<'b, ()>>(&self, key: &Key) -> Result<Option<T>, Failure> {
        self.bytes(key.as_bytes())?.map(|bytes| row::decode(&bytes)).transpose()
    }

    /// At most `limit` rows whose keys begin with `prefix`, in order, with their keys.
    ///
    /// # Errors
    /// As [`RowsExt::row`].
    fn rows<T: for<'b> Decode<'b, ()>>(
        &self,
        prefix: &Key,
        limit: usize,
    ) -> Result<Vec<(Slice, T)>, Failure> {
        let pairs = self.scan(prefix.as_bytes(), &prefix.end(), Direction::Forward, limit)?;
        pairs.into_iter().map(|(key, value)| Ok((key, row::decode(&value)?))).collect()
    }
}

impl<R: Rows + ?Sized> RowsExt for R {}

impl Rows for Snapshot {
    fn bytes(&self, key: &[u8]) -> Result<Option<Slice>, Failure> {
        Ok(self.get(key)?)
    }

    fn scan(
        &self,
        start: &[u8],
        end: &[u8],
        direction: Direction,
        limit: usize,
    ) -> Result<Vec<Pair>, Failure> {
        Ok(Snapshot::scan(self, start, end, direction).take(limit).collect::<Result<_, _>>()?)
    }
}
