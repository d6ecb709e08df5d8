//! What the rows of S3 owe one another: objects and parts their bodies, bodies their pieces and, on their way in, their timer.

use crate::check::{Check, Tally};
use crate::failure::Failure;
use crate::keys::{Family, Key, KeyReader};
use crate::row;
use crate::s3::model::{Body, Bucket, Object, Part, Upload, UploadedPart};
use crate::s3::{bodies, keys};
use crate::timer::{self, Timer};
use sha2::{Digest, Sha256};
use stepwell_store::Slice;

/// What is compared at the end: who refers to a body stands elsewhere than the body.
#[derive(Default)]
pub struct Checker {
    /// Each reference that a body counts, and each that an object or a part has.
    references: Tally,
    /// Each piece that a body is to have, and each that is there.
    pieces: Tally,
}

impl Checker {
    /// Looks at a row.
    ///
    /// # Errors
    /// [`Failure::Broken`] if it can't be read.
    pub fn row(
        &mut self,
        family: Family,
        key: &[u8],
        value: &Slice,
        check: &mut Check,
    ) -> Result<(), Failure> {
        let mut parts = KeyReader::new(key, family)?;
        match family {
            Family::Bucket => {
                let bucket: Bucket = row::decode(value)?;
                check.expect_at(&keys::bucket(&bucket.name), key);
            }
            Family::Object => {
                check.expect_owner(Family::Bucket, parts.number()?, key);
                let object: Object = row::decode(value)?;
                let size: u64 = object.parts.iter().map(|part| part.size).sum();
                check.expect(size == object.size, key, || format!("its parts have {size} bytes"));
                object.parts.iter().for_each(|part| self.refer(part));
            }
            Family::ObjectBody => self.body(key, &parts.text()?, &row::decode(value)?, check)?,
            Family::ObjectPiece => {
                let (body, number) = (parts.text()?, parts.number()?);
                if !check.known.bodies.contains(&body) {
                    self.pieces.right(named(&body, number));
                }
            }
            Family::MultipartUpload => {
                check.expect_owner(Family::Bucket, parts.number()?, key);
                row::decode::<Upload>(value)?;
            }
            Family::UploadPart => {
                row::decode::<UploadedPart>(value)?.part.iter().for_each(|part| self.refer(part))
            }
            _ => {}
        }
        Ok(())
    }

    fn body(&mut self, key: &[u8], name: &str, body: &Body, check: &mut Check) -> Result<(), Failure> {
        for _ in 0..body.references {
            self.references.left(named(name, body.size));
        }
        let Some(given_up_ms) = body.given_up_ms else {
            (0..bodies::pieces(body.size)).for_each(|number| self.pieces.left(named(name, number)));
            return Ok(());
        };
        // Its pieces may still be on their way: those that are there count for themselves.
        check.known.bodies.insert(name.to_owned());
        let is_armed = check.has(&timer::key(given_up_ms, &Timer::UploadedBody(name.to_owned())))?;
        check.expect(is_armed, key, || format!("its end at {given_up_ms} has no timer"));
        Ok(())
    }

    /// Whoever refers to bytes says so here.
    pub fn refer(&mut self, part: &Part) {
        self.references.right(named(&part.body, part.size));
    }

    /// Says what doesn't fit together.
    pub fn finish(&self, check: &mut Check) {
        let sides = [
            (self.references, "references are counted", "there"),
            (self.pieces, "pieces are to be there", "there"),
        ];
        for (tally, left, right) in sides {
            if let Some((counted, found)) = tally.difference() {
                let what = format!("{counted} {left}, {found} are {right}, and they aren't the same");
                check.wrong(Key::new(Family::ObjectBody).as_bytes(), what);
            }
        }
    }
}

/// A member of a tally: a body's name and a number, as one number.
fn named(body: &str, number: u64) -> u64 {
    let digest: [u8; 32] =
        Sha256::new().chain_update(body).chain_update(number.to_be_bytes()).finalize().into();
    digest.iter().take(8).fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

/// The timer of a body that is on its way in.
///
/// # Errors
/// [`Failure::Broken`] if the body can't be read.
pub fn due(key: &[u8], due_ms: u64, body: &str, check: &mut Check) -> Result<(), Failure> {
    let found: Option<Body> = check.row(&keys::body(body))?;
    let given_up_ms = found.and_then(|found| found.given_up_ms);
    check.expect(given_up_ms == Some(due_ms), key, || format!("its body is given up at {given_up_ms:?}"));
    Ok(())
}

/// The number of a bucket's row.
#[must_use]
pub fn bucket_id(value: &[u8]) -> Option<u64> {
    row::decode::<Bucket>(value).ok().map(|bucket| bucket.id)
}
