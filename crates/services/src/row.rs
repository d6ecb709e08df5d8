//! Rows as bytes: a version, then CBOR with numbered fields.
//!
//! A newer binary reads an older row: fields are added with new numbers and are optional, never renumbered.

use crate::failure::Failure;
use minicbor::{Decode, Encode};
use stepwell_store::Slice;

/// The layout of all rows so far. A row of a greater version was written by a newer binary and is refused.
const VERSION: u8 = 1;

/// The bytes of a row.
pub fn encode<T: Encode<()>>(row: &T) -> Slice {
    // Most rows are smaller: growing by doubling took a tenth of the writer's time.
    let mut bytes = Vec::with_capacity(256);
    bytes.push(VERSION);
    // INVARIANT: writing to a vector can't fail, and our rows' encoders have no errors of their own.
    minicbor::encode(row, &mut bytes).expect("a vector takes all bytes");
    Slice::from(bytes)
}

/// The row of these bytes.
///
/// # Errors
/// [`Failure::Broken`] if they are no such row.
pub fn decode<'b, T: Decode<'b, ()>>(bytes: &'b [u8]) -> Result<T, Failure> {
    match bytes {
        [VERSION, row @ ..] => minicbor::decode(row)
            .map_err(|error| Failure::broken(format!("a row that can't be read: {error}"))),
        [version, ..] => Err(Failure::broken(format!("a row of version {version}, newer than this program"))),
        [] => Err(Failure::broken("an empty row")),
    }
}
