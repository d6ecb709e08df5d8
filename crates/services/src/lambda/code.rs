//! Deployment packages, stored once by their SHA-256 in pieces of at most a megabyte, and kept while a version refers to them.

use crate::failure::Failure;
use crate::lambda::keys;
use crate::lambda::package::Package;
use crate::rows::{Rows, RowsExt};
use crate::tx::Tx;
use minicbor::{Decode, Encode};
use stepwell_store::Slice;

pub type Sha256 = [u8; 32];

/// A row stays small enough for the store to move it in one go.
const PIECE_BYTES: usize = 1 << 20;

/// What a version says of its package.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Code {
    #[cbor(n(0), with = "minicbor::bytes")]
    pub sha256: Sha256,
    /// Bytes, zipped.
    #[n(1)]
    pub size: u64,
}

/// The first row of a package.
#[derive(Debug, Clone, Encode, Decode)]
pub struct Head {
    #[n(0)]
    pub size: u64,
    #[n(1)]
    pub pieces: u64,
    /// How many versions have this package; the last to let it go removes it.
    #[n(2)]
    pub references: u64,
}

/// Stores a package, unless it is there already, and takes a reference to it.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn store(package: &Package, tx: &mut Tx) -> Result<Code, Failure> {
    let code = Code { sha256: package.sha256, size: package.bytes.len() as u64 };
    if tx.row::<Head>(&keys::code_head(&code.sha256))?.is_some() {
        return retain(&code, tx).map(|()| code);
    }
    let mut pieces = 0;
    for piece in package.bytes.chunks(PIECE_BYTES) {
        pieces += 1;
        tx.put_bytes(&keys::code_piece(&code.sha256, pieces), Slice::from(piece));
    }
    tx.put(&keys::code_head(&code.sha256), &Head { size: code.size, pieces, references: 1 });
    Ok(code)
}

/// Takes one more reference to a package.
///
/// # Errors
/// [`Failure::Broken`] if it isn't there.
pub fn retain(code: &Code, tx: &mut Tx) -> Result<(), Failure> {
    let key = keys::code_head(&code.sha256);
    let mut head: Head = tx.row(&key)?.ok_or_else(missing)?;
    head.references += 1;
    tx.put(&key, &head);
    Ok(())
}

/// Gives a reference back. The last one takes the package with it.
///
/// # Errors
/// [`Failure::Broken`] if it isn't there.
pub fn release(code: &Code, tx: &mut Tx) -> Result<(), Failure> {
    let key = keys::code_head(&code.sha256);
    let mut head: Head = tx.row(&key)?.ok_or_else(missing)?;
    head.references -= 1;
    if head.references > 0 {
        tx.put(&key, &head);
        return Ok(());
    }
    for number in 1..=head.pieces {
        tx.remove(&keys::code_piece(&code.sha256, number));
    }
    tx.remove(&key);
    Ok(())
}

/// The zip archive of this name, if some version still has it.
///
/// # Errors
/// [`Failure::NotLoaded`], or [`Failure::Broken`] if a piece is missing.
pub fn load(rows: &(impl Rows + ?Sized), sha256: &Sha256) -> Result<Option<Vec<u8>>, Failure> {
    let Some(head) = rows.row::<Head>(&keys::code_head(sha256))? else { return Ok(None) };
    let mut bytes = Vec::with_capacity(usize::try_from(head.size).unwrap_or_default());
    for number in 1..=head.pieces {
        let piece = rows.bytes(keys::code_piece(sha256, number).as_bytes())?;
        bytes.extend_from_slice(&piece.ok_or_else(missing)?);
    }
    Ok(Some(bytes))
}

fn missing() -> Failure {
    Failure::broken("a package that a version refers to and that isn't there")
}
