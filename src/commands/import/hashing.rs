//! Hashes the secrets of an import, before any lock is held, with a worker per core.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use crate::commands::Session;
use crate::error::{Error, Kind, Result};
use crate::secret::{ImportHashing, Memory, SecretDigest, SecretHash};
use crate::store::{HashSlots, ImportedKey};

/// Returns the keys, each with the hash of its secret, in the same order. Reports the progress on
/// stderr at a terminal.
///
/// # Errors
/// When a hash can't be computed.
pub(super) fn hash_all(
    keys: Vec<(ImportedKey, SecretDigest)>,
    hashing: &ImportHashing,
    session: &Session,
) -> Result<Vec<(ImportedKey, SecretHash)>> {
    let slots = HashSlots::new(session.location()?);
    let next = AtomicUsize::new(0);
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let mut hashes: Vec<Option<SecretHash>> = Vec::new();
    hashes.resize_with(keys.len(), || None);
    let (sender, receiver) = mpsc::channel();
    let work = |sender: mpsc::Sender<(usize, Result<SecretHash>)>| {
        let mut memory = Memory::default();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some((_, digest)) = keys.get(index) else {
                return;
            };
            // The slot lets a service verify at the same time.
            let slot = slots.wait();
            let hash = hashing.hash(digest, &mut memory);
            drop(slot);
            if sender.send((index, hash)).is_err() {
                return;
            }
        }
    };
    let work = &work;
    thread::scope(|scope| -> Result<()> {
        for _ in 0..cores.min(keys.len()) {
            let sender = sender.clone();
            scope.spawn(move || work(sender));
        }
        drop(sender);
        let mut done = 0;
        for (index, hash) in &receiver {
            // After an error the workers are stopped by the end of the input.
            hashes[index] = Some(hash.inspect_err(|_| next.store(keys.len(), Ordering::Relaxed))?);
            done += 1;
            session.output.progress("hashed", done, keys.len());
        }
        Ok(())
    })?;
    let hashed = keys.into_iter().zip(hashes);
    let hashed = hashed.map(|((key, _), hash)| hash.map(|hash| (key, hash)));
    let hashed: Option<Vec<_>> = hashed.collect();
    hashed.ok_or_else(|| {
        Error::new(
            Kind::Io,
            "an internal error ended the import: nothing was imported",
        )
        .hint("report this as a bug")
    })
}
