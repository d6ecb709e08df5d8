//! The bytes of objects and parts: in pieces, counted by who refers to them, and removed a turn's worth at a time.
//!
//! A body that is too large for one command comes in by several, under a name that the server drew and that nothing lists.
//! The command that makes an object of it takes it over; if that never comes, an hour later a timer gives it up.

use crate::context::Context;
use crate::effect::{Continuation, Effect, ForgetBody};
use crate::failure::Failure;
use crate::rows::{Rows, RowsExt};
use crate::s3::model::{Body, Part};
use crate::s3::{errors, keys};
use crate::timer::Timer;
use crate::tx::Tx;
use bytes::Bytes;
use std::ops::Range;
use stepwell_store::Slice;

/// Bytes of a piece.
pub const PIECE_BYTES: usize = 256 << 10;
/// Bytes that one command brings in.
pub const COMMAND_BYTES: usize = 4 * PIECE_BYTES;
/// Pieces that are removed at once; the others take turns.
const PIECES_AT_ONCE: u64 = 4;
/// How long a body may be on its way in, in ms.
const GIVEN_UP_AFTER_MS: u64 = 3_600_000;

/// Stores a whole body and refers to it. Nothing is stored of an empty one.
pub fn store(bytes: &Bytes, tx: &mut Tx, context: &mut Context) -> Option<Part> {
    if bytes.is_empty() {
        return None;
    }
    let part = Part { body: context.entropy.uuid(), size: bytes.len() as u64 };
    tx.put(&keys::body(&part.body), &Body { size: part.size, references: 1, given_up_ms: None });
    put_pieces(&part.body, 0, bytes, tx);
    Some(part)
}

/// Stores some pieces of a body that is on its way in.
///
/// # Errors
/// S3's, for one that was given up.
pub fn store_some(
    body: &str,
    size: u64,
    first_piece: u64,
    bytes: &Bytes,
    tx: &mut Tx,
    context: &Context,
) -> Result<(), Failure> {
    let key = keys::body(body);
    if first_piece == 0 {
        let given_up_ms = context.now_ms + GIVEN_UP_AFTER_MS;
        tx.put(&key, &Body { size, references: 0, given_up_ms: Some(given_up_ms) });
        tx.arm(given_up_ms, &Timer::UploadedBody(body.to_owned()));
    } else if tx.row::<Body>(&key)?.is_none() {
        return Err(errors::request_timeout().into());
    }
    put_pieces(body, first_piece, bytes, tx);
    Ok(())
}

/// Takes over a body that came in by pieces: something refers to it now.
///
/// # Errors
/// S3's, for one that was given up.
pub fn take_over(body: &str, tx: &mut Tx) -> Result<Part, Failure> {
    let key = keys::body(body);
    let found: Body = tx.row(&key)?.ok_or_else(errors::request_timeout)?;
    if let Some(given_up_ms) = found.given_up_ms {
        tx.disarm(given_up_ms, &Timer::UploadedBody(body.to_owned()));
    }
    tx.put(&key, &Body { references: 1, given_up_ms: None, ..found });
    Ok(Part { body: body.to_owned(), size: found.size })
}

/// Refers to a body once more.
///
/// # Errors
/// [`Failure::Broken`] if it isn't there.
pub fn retain(part: &Part, tx: &mut Tx) -> Result<(), Failure> {
    let key = keys::body(&part.body);
    let mut body: Body = tx.row(&key)?.ok_or_else(missing)?;
    body.references += 1;
    tx.put(&key, &body);
    Ok(())
}

/// Gives a reference back. The last one takes the bytes with it, at once or in turns.
///
/// # Errors
/// [`Failure::Broken`] if it isn't there.
pub fn release(part: &Part, tx: &mut Tx) -> Result<(), Failure> {
    let key = keys::body(&part.body);
    let mut body: Body = tx.row(&key)?.ok_or_else(missing)?;
    body.references -= 1;
    if body.references > 0 {
        tx.put(&key, &body);
    } else {
        remove(&part.body, body.size, tx);
    }
    Ok(())
}

/// A body's time to come in is over.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn given_up(body: &str, tx: &mut Tx) -> Result<(), Failure> {
    if let Some(found) = tx.row::<Body>(&keys::body(body))?
        && found.references == 0
    {
        remove(body, found.size, tx);
    }
    Ok(())
}

/// Removes a turn's worth of what is left of a body.
pub fn go_on(forget: &ForgetBody, tx: &mut Tx, context: &Context) {
    let most = context.settings.rows_per_command as u64;
    remove_pieces(&forget.body, forget.next..forget.pieces, most, tx);
}

/// At most so many bytes of some parts from `range.start` on, up to `range.end`: in order, as if they were one.
///
/// # Errors
/// [`Failure::Broken`] if a piece is missing.
pub fn read(parts: &[Part], range: Range<u64>, rows: &(impl Rows + ?Sized)) -> Result<Vec<u8>, Failure> {
    let length = range.end.saturating_sub(range.start);
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or_default());
    let mut part_start = 0;
    for part in parts {
        let part_end = part_start + part.size;
        let start = range.start.max(part_start);
        let end = range.end.min(part_end);
        if start < end {
            read_part(part, start - part_start..end - part_start, &mut bytes, rows)?;
        }
        part_start = part_end;
    }
    Ok(bytes)
}

fn read_part(
    part: &Part,
    range: Range<u64>,
    bytes: &mut Vec<u8>,
    rows: &(impl Rows + ?Sized),
) -> Result<(), Failure> {
    let piece_bytes = PIECE_BYTES as u64;
    for number in range.start / piece_bytes..range.end.div_ceil(piece_bytes) {
        let piece = rows.bytes(keys::piece(&part.body, number).as_bytes())?.ok_or_else(missing)?;
        let piece_start = number * piece_bytes;
        let within =
            |at: u64| usize::try_from(at.saturating_sub(piece_start)).unwrap_or(usize::MAX).min(piece.len());
        bytes.extend_from_slice(piece.get(within(range.start)..within(range.end)).unwrap_or_default());
    }
    Ok(())
}

/// How many pieces a body of this size has.
#[must_use]
pub fn pieces(size: u64) -> u64 {
    size.div_ceil(PIECE_BYTES as u64)
}

fn put_pieces(body: &str, first: u64, bytes: &Bytes, tx: &mut Tx) {
    for (number, piece) in (first..).zip(bytes.chunks(PIECE_BYTES)) {
        tx.put_bytes(&keys::piece(body, number), Slice::from(piece));
    }
}

fn remove(body: &str, size: u64, tx: &mut Tx) {
    tx.remove(&keys::body(body));
    remove_pieces(body, 0..pieces(size), PIECES_AT_ONCE, tx);
}

fn remove_pieces(body: &str, range: Range<u64>, most: u64, tx: &mut Tx) {
    let end = range.end.min(range.start + most);
    for number in range.start..end {
        tx.remove(&keys::piece(body, number));
    }
    if end < range.end {
        let forget = ForgetBody { body: body.to_owned(), next: end, pieces: range.end };
        tx.owe(Effect::Continue(Continuation::ForgetBody(forget)));
    }
}

fn missing() -> Failure {
    Failure::broken("a body that an object refers to and that isn't there")
}
