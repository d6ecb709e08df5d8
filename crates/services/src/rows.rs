//! Reading rows: the same rules read a transaction on the writer and a snapshot beside it.

use crate::failure::Failure;
use crate::keys::Key;
use crate::row;
use minicbor::Decode;
use std::sync::Arc;
use stepwell_store::{Direction, Pair, Slice, Snapshot};

/// A decoded row, or several, that a transaction remembers (see [`crate::kept`]).
pub use crate::kept::Kept;

/// Something that rows can be read from.
pub trait Rows {
    /// What was decoded from the rows that begin with `start` and didn't change since, if it is remembered. A snapshot
    /// remembers nothing.
    fn kept(&self, _start: &[u8]) -> Option<Kept> {
        None
    }

    /// Remembers what was decoded from the rows that begin with `start`, which took so many bytes.
    fn keep(&self, _start: &Key, _kept: Kept, _bytes: usize) {}

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

    /// The row at `key`, shared with whoever reads it next: for rows that are read far more often than written.
    ///
    /// # Errors
    /// As [`RowsExt::row`].
    fn kept_row<T>(&self, key: &Key) -> Result<Option<Arc<T>>, Failure>
    where
        T: for<'b> Decode<'b, ()> + Send + Sync + 'static,
    {
        if let Some(kept) = self.kept(key.as_bytes()).and_then(|kept| kept.downcast().ok()) {
            return Ok(Some(kept));
        }
        let Some(bytes) = self.bytes(key.as_bytes())? else { return Ok(None) };
        let row = Arc::new(row::decode::<T>(&bytes)?);
        self.keep(key, row.clone(), bytes.len());
        Ok(Some(row))
    }

    /// At most `limit` rows whose keys begin with `prefix`, shared with whoever reads them next if they are all.
    ///
    /// # Errors
    /// As [`RowsExt::row`].
    fn kept_rows<T>(&self, prefix: &Key, limit: usize) -> Result<Arc<Vec<(Slice, T)>>, Failure>
    where
        T: for<'b> Decode<'b, ()> + Send + Sync + 'static,
    {
        if let Some(kept) = self.kept(prefix.as_bytes()).and_then(|kept| kept.downcast().ok()) {
            return Ok(kept);
        }
        let pairs = self.scan(prefix.as_bytes(), &prefix.end(), Direction::Forward, limit)?;
        let bytes = pairs.iter().map(|(key, value)| key.len() + value.len()).sum();
        let is_all = pairs.len() < limit;
        let rows = pairs.into_iter().map(|(key, value)| Ok((key, row::decode(&value)?)));
        let rows = Arc::new(rows.collect::<Result<Vec<_>, Failure>>()?);
        if is_all {
            self.keep(prefix, rows.clone(), bytes);
        }
        Ok(rows)
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
