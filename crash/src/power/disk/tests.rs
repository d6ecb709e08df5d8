//! Records as the shim would write them, and what a disk may have made of them.

use super::*;
use tempfile::TempDir;

/// A directory with a file `old` of four bytes that is durable, beside what the records do.
struct Bench {
    room: TempDir,
    before: Names,
    records: Vec<Record>,
}

impl Bench {
    fn new() -> Self {
        let room = tempfile::tempdir().unwrap();
        let (data, saved) = (room.path().join("data"), room.path().join("saved"));
        fs::create_dir_all(&data).unwrap();
        fs::create_dir_all(&saved).unwrap();
        fs::write(data.join("old"), "old!").unwrap();
        let before = names(&data).unwrap();
        save(&data, &before, &saved).unwrap();
        Self { room, before, records: Vec::new() }
    }

    fn data(&self) -> PathBuf {
        self.room.path().join("data")
    }

    fn inode(&self, name: &str) -> u64 {
        fs::metadata(self.data().join(name)).unwrap().ino()
    }

    fn create(&mut self, name: &str) {
        let path = self.data().join(name);
        File::create_new(&path).unwrap();
        let inode = self.inode(name);
        fs::hard_link(&path, self.room.path().join("saved").join(inode.to_string())).unwrap();
        self.records.push(Record::Create { inode, path });
    }

    fn write(&mut self, name: &str, offset: u64, bytes: &[u8]) {
        let path = self.data().join(name);
        let file = OpenOptions::new().read(true).write(true).open(&path).unwrap();
        let size_before = file.metadata().unwrap().len();
        let end = (offset + bytes.len() as u64).min(size_before);
        let mut before = vec![0; end.saturating_sub(offset) as usize];
        file.read_exact_at(&mut before, offset).unwrap();
        file.write_all_at(bytes, offset).unwrap();
        let (inode, length) = (self.inode(name), bytes.len() as u64);
        self.records.push(Record::Write { inode, offset, length, size_before, before });
    }

    fn rename(&mut self, from: &str, to: &str) {
        let (from, to) = (self.data().join(from), self.data().join(to));
        fs::rename(&from, &to).unwrap();
        self.records.push(Record::Rename { from, to });
    }

    fn unlink(&mut self, name: &str) {
        let path = self.data().join(name);
        fs::remove_file(&path).unwrap();
        self.records.push(Record::Unlink { path });
    }

    fn sync(&mut self, name: &str) {
        let (inode, records) = (self.inode(name), self.records.len() as u64);
        self.records.push(Record::SyncFile { inode, records });
    }

    fn sync_names(&mut self) {
        let (path, records) = (self.data(), self.records.len() as u64);
        self.records.push(Record::SyncDirectory { path, records });
    }

    /// What there is after a loss: names and what they have.
    fn after(self, seed: u64) -> BTreeMap<String, Vec<u8>> {
        let mut rng = fastrand::Rng::with_seed(seed);
        let saved = self.room.path().join("saved");
        lose(&self.data(), &saved, &self.before, &self.records, &mut rng).unwrap();
        let files = fs::read_dir(self.data()).unwrap().map(|entry| entry.unwrap());
        files.map(|file| (file.file_name().into_string().unwrap(), fs::read(file.path()).unwrap())).collect()
    }
}

/// Everything that some of many losses made of it.
fn outcomes(make: impl Fn(&mut Bench)) -> BTreeSet<BTreeMap<String, Vec<u8>>> {
    let outcome = |seed| {
        let mut bench = Bench::new();
        make(&mut bench);
        bench.after(seed)
    };
    (0..120).map(outcome).collect()
}

fn files(pairs: &[(&str, &str)]) -> BTreeMap<String, Vec<u8>> {
    pairs.iter().map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec())).collect()
}

#[test]
fn what_was_synced_is_there_after_every_loss() {
    let outcomes = outcomes(|bench| {
        bench.create("new");
        bench.write("new", 0, b"synced");
        bench.write("old", 2, b"der, and longer");
        bench.sync("new");
        bench.sync("old");
        bench.sync_names();
    });
    assert_eq!(outcomes, [files(&[("new", "synced"), ("old", "older, and longer")])].into());
}

#[test]
fn a_file_is_synced_and_its_name_may_be_gone_all_the_same() {
    let outcomes = outcomes(|bench| {
        bench.create("new");
        bench.write("new", 0, b"synced");
        bench.sync("new");
    });
    assert_eq!(outcomes, [files(&[("new", "synced"), ("old", "old!")]), files(&[("old", "old!")])].into());
}

#[test]
fn what_was_not_synced_is_there_or_not_or_garbage_and_never_reaches_what_was() {
    let outcomes = outcomes(|bench| {
        bench.write("old", 4, b" synced");
        bench.sync("old");
        bench.write("old", 11, &[b'x'; 2000]);
    });
    let lengths: BTreeSet<usize> = outcomes.iter().map(|files| files["old"].len()).collect();
    assert!(lengths.contains(&11) && lengths.contains(&2011) && lengths.len() > 4, "{lengths:?}");
    assert!(outcomes.iter().all(|files| files["old"].starts_with(b"old! synced")));
    let is_garbage =
        |files: &BTreeMap<String, Vec<u8>>| files["old"][11..].iter().any(|byte| *byte != b'x' && *byte != 0);
    assert!(outcomes.iter().any(is_garbage));
}

#[test]
fn a_write_in_place_is_undone_to_what_was_there() {
    let outcomes = outcomes(|bench| bench.write("old", 0, b"OLD?"));
    assert!(outcomes.contains(&files(&[("old", "old!")])) && outcomes.contains(&files(&[("old", "OLD?")])));
}

#[test]
fn what_was_removed_or_replaced_comes_back_until_the_directory_is_synced() {
    let replaced = |bench: &mut Bench| {
        bench.create("temporary");
        bench.write("temporary", 0, b"new!");
        bench.sync("temporary");
        bench.rename("temporary", "old");
    };
    let found = outcomes(replaced);
    assert!(found.contains(&files(&[("old", "new!")])), "{found:?}");
    assert!(found.contains(&files(&[("old", "old!")])), "{found:?}");
    assert!(found.iter().all(|files| files.contains_key("old")), "{found:?}");
    let found = outcomes(|bench| {
        replaced(bench);
        bench.sync_names();
        bench.unlink("old");
    });
    assert_eq!(found, [files(&[("old", "new!")]), files(&[])].into());
}

#[test]
fn a_sync_covers_what_came_before_it_and_nothing_that_came_later() {
    let outcomes = outcomes(|bench| {
        bench.write("old", 4, b"A");
        // It began before the next write, and ended after it.
        let (inode, records) = (bench.inode("old"), bench.records.len() as u64);
        bench.write("old", 5, b"B");
        bench.records.push(Record::SyncFile { inode, records });
    });
    assert!(outcomes.iter().all(|files| files["old"].starts_with(b"old!A")), "{outcomes:?}");
    assert!(outcomes.contains(&files(&[("old", "old!A")])), "{outcomes:?}");
}

#[test]
fn a_renamed_directory_takes_what_is_in_it_along_and_a_sync_of_all_covers_it() {
    let renamed = |bench: &mut Bench| {
        let path = bench.data().join("staging");
        fs::create_dir(&path).unwrap();
        bench.records.push(Record::MakeDirectory { path });
        bench.create("staging/code");
        bench.write("staging/code", 0, b"code");
        let records = bench.records.len() as u64;
        bench.records.push(Record::SyncAll { records });
        bench.rename("staging", "home");
    };
    for seed in 0..60 {
        let mut bench = Bench::new();
        renamed(&mut bench);
        let (data, saved) = (bench.data(), bench.room.path().join("saved"));
        let mut rng = fastrand::Rng::with_seed(seed);
        lose(&data, &saved, &bench.before, &bench.records, &mut rng).unwrap();
        let found: Vec<PathBuf> = ["staging", "home"].map(|name| data.join(name)).into();
        let there: Vec<&PathBuf> = found.iter().filter(|path| path.exists()).collect();
        assert_eq!(there.len(), 1, "{there:?}");
        assert_eq!(fs::read(there[0].join("code")).unwrap(), b"code");
    }
}
