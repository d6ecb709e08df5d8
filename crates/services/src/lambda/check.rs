//! What the rows of Lambda owe one another: versions and what is beside them are of a function, a package is there as long as
//! something refers to it, an asynchronous invocation is owed or waits for its timer.
//!
//! A mapping may outlive its function and its queue, and a policy a version: they are read, and no more is asked of them.

use crate::check::{Check, Tally};
use crate::failure::Failure;
use crate::keys::{Family, KeyReader};
use crate::lambda::asynchronous::Invocation;
use crate::lambda::code::{Code, Head, Sha256};
use crate::lambda::event_invoke_config::EventInvoke;
use crate::lambda::event_source::Mapping;
use crate::lambda::keys;
use crate::lambda::model::{Alias, Function, Version};
use crate::lambda::policy::Policy;
use crate::row;
use crate::timer::{self, Timer};
use std::collections::BTreeMap;
use stepwell_store::Slice;

/// What is compared at the end.
#[derive(Default)]
pub struct Checker {
    /// Packages: how often each says that it is referred to, and how often it is.
    packages: BTreeMap<Sha256, (u64, u64)>,
    /// Invocations that wait, and timers of invocations.
    waiting: Tally,
    /// The package whose pieces are being read: how many came, of how many, and their bytes.
    pieces: Option<Pieces>,
}

struct Pieces {
    sha256: Sha256,
    head: Head,
    count: u64,
    bytes: u64,
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
        if family != Family::Code {
            self.end_package(check);
        }
        let mut parts = KeyReader::new(key, family)?;
        match family {
            Family::Function => function(key, &row::decode(value)?, check),
            Family::Code => self.code(key, &mut parts, value, check),
            Family::CodeUpload => self.upload(key, sha256(&mut parts)?, row::decode(value)?, check),
            Family::FunctionVersion => {
                check.expect_owner(Family::Function, parts.number()?, key);
                self.version(key, parts.number()?, &row::decode(value)?, check);
                Ok(())
            }
            Family::Alias => {
                let function = parts.number()?;
                check.expect_owner(Family::Function, function, key);
                alias(key, function, &row::decode(value)?, check)
            }
            Family::FunctionPolicy => {
                check.expect_owner(Family::Function, parts.number()?, key);
                row::decode::<Policy>(value).map(drop)
            }
            Family::EventInvokeConfig => {
                check.expect_owner(Family::Function, parts.number()?, key);
                row::decode::<EventInvoke>(value).map(drop)
            }
            Family::EventSourceMapping => {
                let mapping: Mapping = row::decode(value)?;
                check.expect_at(&keys::mapping(&mapping.scope(), &mapping.uuid), key);
                Ok(())
            }
            Family::Invocation => {
                self.invocation(key, parts.number()?, &row::decode(value)?, check);
                Ok(())
            }
            _ => {
                check.wrong(key, "nothing is stored in this family");
                Ok(())
            }
        }
    }

    /// A timer of an invocation.
    ///
    /// # Errors
    /// [`Failure::Broken`] if the invocation can't be read.
    pub fn due(&mut self, key: &[u8], id: u64, check: &mut Check) -> Result<(), Failure> {
        self.waiting.right(id);
        let invocation: Option<Invocation> = check.row(&keys::invocation(id))?;
        check.expect(invocation.is_some_and(|invocation| invocation.waiting.is_some()), key, || {
            "its invocation isn't there, or doesn't wait".to_owned()
        });
        Ok(())
    }

    /// Says what doesn't fit together.
    pub fn finish(&mut self, check: &mut Check) {
        self.end_package(check);
        for (sha256, (said, counted)) in &self.packages {
            let key = keys::code_head(sha256);
            check.expect(said == counted, key.as_bytes(), || match said {
                0 => format!("the package isn't there, and {counted} refer to it"),
                _ => format!("it says that {said} refer to it, and {counted} do"),
            });
        }
        if let Some((invocations, timers)) = self.waiting.difference() {
            let what =
                format!("{invocations} invocations wait and {timers} timers, which aren't of the same");
            check.wrong(crate::keys::Key::new(Family::Invocation).as_bytes(), what);
        }
    }

    fn code(
        &mut self,
        key: &[u8],
        parts: &mut KeyReader,
        value: &Slice,
        check: &mut Check,
    ) -> Result<(), Failure> {
        let (sha256, number) = (sha256(parts)?, parts.number()?);
        if number == 0 {
            self.end_package(check);
            let head: Head = row::decode(value)?;
            self.packages.entry(sha256).or_default().0 = head.references;
            self.pieces = Some(Pieces { sha256, head, count: 0, bytes: 0 });
            return Ok(());
        }
        match &mut self.pieces {
            Some(pieces) if pieces.sha256 == sha256 && pieces.count + 1 == number => {
                pieces.count = number;
                pieces.bytes += value.len() as u64;
            }
            _ => check.wrong(key, "a piece of a package whose head, or the piece before it, isn't there"),
        }
        Ok(())
    }

    /// All pieces of a package have been read.
    fn end_package(&mut self, check: &mut Check) {
        let Some(Pieces { sha256, head, count, bytes }) = self.pieces.take() else { return };
        check.expect((count, bytes) == (head.pieces, head.size), keys::code_head(&sha256).as_bytes(), || {
            format!(
                "{} pieces of {} bytes are to be there, and {count} of {bytes} are",
                head.pieces, head.size
            )
        });
    }

    fn refer(&mut self, code: &Code) {
        self.packages.entry(code.sha256).or_default().1 += 1;
    }

    fn upload(&mut self, key: &[u8], sha256: Sha256, due_ms: u64, check: &mut Check) -> Result<(), Failure> {
        self.refer(&Code { sha256, size: 0 });
        let is_armed = check.has(&timer::key(due_ms, &Timer::UploadedCode(sha256.to_vec())))?;
        check.expect(is_armed, key, || format!("its end at {due_ms} has no timer"));
        Ok(())
    }

    fn version(&mut self, key: &[u8], number: u64, version: &Version, check: &mut Check) {
        // What runs during an update stands behind the published versions and keeps its own number.
        let stands_right = number == version.number || (number == u64::MAX && version.number == 0);
        check.expect(stands_right, key, || format!("it says that it is version {}", version.number));
        self.refer(&version.configuration.code);
        version.configuration.layers.iter().for_each(|layer| self.refer(&layer.code));
    }

    fn invocation(&mut self, key: &[u8], id: u64, invocation: &Invocation, check: &mut Check) {
        if invocation.waiting.is_some() {
            self.waiting.left(id);
        } else {
            let is_owed = check.known.invocations.contains(&id);
            check.expect(is_owed, key, || "it doesn't wait and isn't owed".to_owned());
        }
    }
}

fn function(key: &[u8], function: &Function, check: &mut Check) -> Result<(), Failure> {
    check.expect_at(&keys::function(&function.scope(), &function.name), key);
    let has_latest = check.has(&keys::version(function.id, 0))?;
    check.expect(has_latest, key, || "its `$LATEST` isn't there".to_owned());
    Ok(())
}

fn alias(key: &[u8], function: u64, alias: &Alias, check: &mut Check) -> Result<(), Failure> {
    if check.known.is_going(Family::Function, function) {
        return Ok(());
    }
    let additional = alias.additional.as_ref().map(|additional| additional.version);
    for version in additional.into_iter().chain([alias.version]) {
        let is_there = check.has(&keys::version(function, version))?;
        check.expect(is_there, key, || format!("version {version} isn't there"));
    }
    Ok(())
}

fn sha256(parts: &mut KeyReader) -> Result<Sha256, Failure> {
    let mut sha256 = Sha256::default();
    for byte in &mut sha256 {
        *byte = parts.byte()?;
    }
    Ok(sha256)
}

/// An invocation that is owed.
///
/// # Errors
/// [`Failure::Broken`] if its row can't be read.
pub fn invoked(key: &[u8], id: u64, check: &mut Check) -> Result<(), Failure> {
    let is_there = check.has(&keys::invocation(id))?;
    check.expect(is_there, key, || format!("invocation {id} isn't there"));
    Ok(())
}

/// The end of the time for which an upload is kept.
///
/// # Errors
/// [`Failure::Broken`] if the upload can't be read.
pub fn upload_due(key: &[u8], due_ms: u64, sha256: &[u8], check: &mut Check) -> Result<(), Failure> {
    let sha256: Sha256 =
        sha256.try_into().map_err(|_| Failure::broken("an upload whose name is no SHA-256"))?;
    let until_ms: Option<u64> = check.row(&keys::upload(&sha256))?;
    check.expect(until_ms == Some(due_ms), key, || format!("its upload is kept until {until_ms:?}"));
    Ok(())
}

/// The number of a function's row.
#[must_use]
pub fn function_id(value: &[u8]) -> Option<u64> {
    row::decode::<Function>(value).ok().map(|function| function.id)
}
