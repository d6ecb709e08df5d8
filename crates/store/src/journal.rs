//! Looks through the embedded store's journals before they are replayed.
//!
//! The store's own replay takes the first thing that it can't read for the end of the journal, and drops what follows; or
//! refuses where garbage has the form of a batch. Neither tells a torn tail, which nobody was promised, from damage to what
//! was. So the frames are walked here first, on the bytes as they are, and nothing is changed: a batch is a start (tag, count
//! of items, sequence number), items, and an end (checksum of the items as written, magic bytes). It knows no key's meaning.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};
use xxhash_rust::xxh3::Xxh3;

const START: u8 = 1;
const ITEM: u8 = 2;
const END: u8 = 3;
const CLEAR: u8 = 4;
const MAGIC: [u8; 4] = *b"FJL\x03";
/// Of a start: tag, count, sequence number.
const START_BYTES: usize = 13;
/// Of an item: tag, kind, compression, keyspace, lengths of key, value and value as written.
const ITEM_BYTES: usize = 21;
const CLEAR_BYTES: usize = 9;
const END_BYTES: usize = 13;
/// A batch that is found by searching is taken for one only if its number is no further from the last than this: bytes that
/// a customer wrote into a value may have the form of a batch.
const PLAUSIBLE_NUMBERS: u64 = 1 << 20;
/// No two batches that follow each other are so far apart.
const FARTHEST_NUMBER: u64 = 1 << 40;

/// What is in a journal.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Journal {
    pub path: PathBuf,
    /// The sequence number of its last sound batch.
    pub last: Option<u64>,
    /// What follows the sound batches and isn't only zeros: the journal is laid out with zeros before it is written.
    pub unsound: Option<Range<u64>>,
    /// Where behind that a sound batch begins: then it is damage and no torn tail.
    pub sound_after: Option<u64>,
}

/// The journals of a store, in the order in which they were written.
///
/// # Errors
/// What the disk said.
pub fn journals(directory: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory)? {
        let path = entry?.path();
        let number =
            path.file_name().and_then(|name| name.to_str()?.strip_suffix(".jnl")?.parse::<u64>().ok());
        found.extend(number.map(|number| (number, path)));
    }
    found.sort();
    Ok(found.into_iter().map(|(_, path)| path).collect())
}

/// Walks a journal whose predecessors end with the batch `before`.
///
/// # Errors
/// What the disk said.
pub fn look_through(path: &Path, before: Option<u64>) -> std::io::Result<Journal> {
    let file = File::open(path)?;
    let length = file.metadata()?.len();
    let mut reader = BufReader::with_capacity(256 * 1024, file);
    let (mut at, mut last) = (0, before);
    let mut own = None;
    // A batch at a time, so that a large journal needs little memory.
    let mut sound_after = None;
    while let Some((bytes, number)) = read_batch(&mut reader, length - at)? {
        // The number isn't part of the checksum. One that goes back, or far ahead, isn't what was written.
        let is_behind = last.is_some_and(|last| number <= last);
        if is_behind || number - last.unwrap_or(0) > FARTHEST_NUMBER {
            sound_after = is_behind.then_some(at);
            break;
        }
        (last, own) = (Some(number), Some(number));
        at += bytes;
    }
    let file = reader.into_inner();
    let unsound = last_written(&file, at, length)?.map(|end| at..end);
    let sound_after = match &unsound {
        Some(unsound) if sound_after.is_none() => search(&file, unsound, last)?,
        _ => sound_after,
    };
    Ok(Journal { path: path.to_owned(), last: own, unsound, sound_after })
}

/// The length and the number of the next batch, if there is a sound one within `room` bytes.
fn read_batch(reader: &mut impl Read, room: u64) -> std::io::Result<Option<(u64, u64)>> {
    let mut left = room;
    let mut start = [0; START_BYTES];
    if !fill(reader, &mut start, &mut left)? || start[0] != START {
        return Ok(None);
    }
    let (count, number) = (u32_at(&start, 1), u64_at(&start, 5));
    let mut hasher = Xxh3::new();
    let mut buffer = Vec::new();
    for _ in 0..count {
        let mut tag = [0];
        if !fill(reader, &mut tag, &mut left)? {
            return Ok(None);
        }
        let head = match tag[0] {
            ITEM => ITEM_BYTES,
            CLEAR => CLEAR_BYTES,
            _ => return Ok(None),
        };
        buffer.clear();
        buffer.push(tag[0]);
        buffer.resize(head, 0);
        if !fill(reader, &mut buffer[1..], &mut left)? {
            return Ok(None);
        }
        let body = if tag[0] == ITEM { body_bytes(&buffer) } else { 0 };
        if body as u64 > left {
            return Ok(None);
        }
        buffer.resize(head + body, 0);
        if !fill(reader, &mut buffer[head..], &mut left)? {
            return Ok(None);
        }
        hasher.update(&buffer);
    }
    let mut end = [0; END_BYTES];
    let is_sound = fill(reader, &mut end, &mut left)?
        && end[0] == END
        && end[9..] == MAGIC
        && u64_at(&end, 1) == hasher.digest();
    Ok(is_sound.then_some((room - left, number)))
}

/// Fills `buffer`, if there are as many bytes left.
fn fill(reader: &mut impl Read, buffer: &mut [u8], left: &mut u64) -> std::io::Result<bool> {
    if buffer.len() as u64 > *left {
        return Ok(false);
    }
    reader.read_exact(buffer)?;
    *left -= buffer.len() as u64;
    Ok(true)
}

/// Bytes of key and value behind an item's head.
fn body_bytes(head: &[u8]) -> usize {
    usize::from(u16::from_le_bytes([head[11], head[12]])) + u32_at(head, 17) as usize
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes"))
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight bytes"))
}

/// Behind the last byte that isn't zero, from `from` on; nothing where there are only zeros. Holes aren't read.
fn last_written(mut file: &File, from: u64, length: u64) -> std::io::Result<Option<u64>> {
    let (mut at, mut end) = (from, None);
    let mut buffer = vec![0; 256 * 1024];
    while at < length {
        at = match rustix::fs::seek(file, rustix::fs::SeekFrom::Data(at)) {
            Ok(data) => data,
            // Nothing but a hole up to the end.
            Err(rustix::io::Errno::NXIO) => break,
            // A file system that knows no holes.
            Err(rustix::io::Errno::INVAL | rustix::io::Errno::OPNOTSUPP) => at,
            Err(error) => return Err(error.into()),
        };
        file.seek(SeekFrom::Start(at))?;
        let read = file.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        if let Some(last) = buffer[..read].iter().rposition(|byte| *byte != 0) {
            end = Some(at + last as u64 + 1);
        }
        at += read as u64;
    }
    Ok(end)
}

/// Where in the unsound part a sound batch begins that was written later.
fn search(mut file: &File, unsound: &Range<u64>, last: Option<u64>) -> std::io::Result<Option<u64>> {
    file.seek(SeekFrom::Start(unsound.start))?;
    let mut bytes = Vec::new();
    file.take(unsound.end - unsound.start).read_to_end(&mut bytes)?;
    // The frames may be whole although the bytes in them aren't: then the next batch begins right behind, and what is
    // inside of values isn't searched.
    let mut at = framed(&bytes).unwrap_or(1);
    while at + START_BYTES < bytes.len() {
        let is_start = bytes[at] == START && matches!(bytes[at + START_BYTES], ITEM | CLEAR);
        if is_start {
            let rest = &bytes[at..];
            let found = read_batch(&mut &rest[..], rest.len() as u64)?;
            let earlier = last.unwrap_or(0);
            let is_later = |number: u64| number > earlier && number - earlier <= PLAUSIBLE_NUMBERS;
            if found.is_some_and(|(_, number)| is_later(number)) {
                return Ok(Some(unsound.start + at as u64));
            }
        }
        at += 1;
    }
    Ok(None)
}

/// Where the frames of the batch at the beginning end, whatever its bytes are.
fn framed(bytes: &[u8]) -> Option<usize> {
    if *bytes.first()? != START {
        return None;
    }
    let count = u32_at(bytes.get(..START_BYTES)?, 1);
    let mut at = START_BYTES;
    for _ in 0..count {
        at += match *bytes.get(at)? {
            ITEM => ITEM_BYTES + body_bytes(bytes.get(at..at + ITEM_BYTES)?),
            CLEAR => CLEAR_BYTES,
            _ => return None,
        };
    }
    let end = bytes.get(at..at + END_BYTES)?;
    (end[0] == END).then_some(at + END_BYTES)
}
