//! A page of keys, packed: the texts of all in one, whatever many share once.
//!
//! The rows are read in the order in which they lie in the file, and so are the groups:
//! in the order of their names each would be on another page of the file.

mod details;

use rusqlite::{Connection, Row};

use super::Stopped;
use super::column::{text, text_or_none};
use super::owners::Owners;
use super::sets::GroupSets;
use crate::error::Error;
use crate::model::{
    AppName, GroupName, KeyId, KeyName, KeyRow, Pass, Permission, Prefix, ShortForm, State,
    Timestamp,
};
use crate::store::errors::damaged;
use crate::store::keys::{LAST_FOUR, STATE};

/// What [`Page::take`] reads.
pub(super) fn columns() -> String {
    format!(
        "k.number, k.id, {LAST_FOUR}, k.name, k.description, {STATE},
    k.owner, k.application, k.created_at, k.created_by, k.expires_at"
    )
}

/// What it reads of keys that are only measured: every short form is as long as another.
pub(super) fn measured_columns() -> String {
    format!(
        "k.number, NULL, NULL, k.name, k.description, {STATE},
    k.owner, k.application, k.created_at, k.created_by, k.expires_at"
    )
}

/// An id, and last four characters, of a key that is only measured.
const ANY: (&str, &str) = ("00000000", "0000");

/// Bytes of texts, owners, lists of groups and permissions that are too many for a page
/// of more than one key.
const ROOM: usize = 4 << 20;

/// Bytes that a text of its own takes besides its characters, about.
pub(super) const OF_ITS_OWN: usize = 40;

/// A page under way, and its memory, which the next one uses again.
#[derive(Default)]
pub(super) struct Page {
    rows: Vec<Packed>,
    /// The texts of each row one after the other: id, last four characters, name,
    /// creator, application, description.
    texts: String,
    sets: GroupSets,
    /// Whether the permissions are read, too.
    with_permissions: bool,
    permissions: Vec<Permission>,
    /// Bytes they take, about.
    permission_bytes: usize,
    owners: Owners,
    /// What is looked up next, in order, and for which place or row: slots, then ids.
    pub(super) sought: Vec<(u64, u32)>,
    /// Where the rows are that are listed first, second and so on; of one that is not
    /// listed, beyond the last.
    order: Vec<u32>,
    /// Since when uses have been recorded.
    known_since: Option<Timestamp>,
    /// The groups that each key is shown with, whichever it is in.
    for_all: Option<Vec<GroupName>>,
}

/// A row. Where it says how long a text is, that is in bytes.
struct Packed {
    place: u32,
    slot: i64,
    /// Where its texts begin.
    texts: u32,
    name: u8,
    created_by: u32,
    application: Option<u8>,
    description: Option<u32>,
    state: State,
    owner: Option<u32>,
    groups: u32,
    permissions: (u32, u32),
    created_at: Timestamp,
    last_used_at: Perhaps,
    last_refused_at: Perhaps,
    expires_at: Perhaps,
}

/// An instant or none, in half the room of an option.
#[derive(Clone, Copy)]
struct Perhaps(i64);

const ID_AND_LAST_FOUR: usize = KeyId::LEN + 4;

impl Page {
    /// An empty one.
    pub(super) fn of(pass: Pass) -> Self {
        Self {
            with_permissions: pass == Pass::InOrder,
            ..Self::default()
        }
    }

    /// Shows each key with those groups, and any id: they aren't read, but measured.
    pub(super) fn show_for_all(&mut self, groups: Vec<GroupName>) {
        self.for_all = Some(groups);
    }

    /// Forgets what was read.
    pub(super) fn clear(&mut self) {
        self.rows.clear();
        self.texts.clear();
        self.sets.clear();
        self.permissions.clear();
        self.permission_bytes = 0;
        self.owners.clear();
        self.sought.clear();
        self.order.clear();
    }

    /// Makes room for so many rows, and no more.
    pub(super) fn reserve(&mut self, count: usize) {
        self.rows.reserve_exact(count);
        self.sought.reserve_exact(count);
    }

    /// Adds a row of [`columns`], or of [`measured_columns`], which is listed in that place.
    /// Rows come in the order of their slots.
    pub(super) fn take(
        &mut self,
        conn: &Connection,
        row: &Row<'_>,
        place: u32,
    ) -> std::result::Result<(), Stopped> {
        let slot: i64 = row.get(0)?;
        let wrong = |what: &str| not_valid(what, slot);
        let (id, last_four) = match self.for_all {
            None => (text(row, 1)?, text(row, 2)?),
            Some(_) => ANY,
        };
        let name = text(row, 3)?;
        let description = text_or_none(row, 4)?;
        let application = text_or_none(row, 7)?;
        let created_by = text(row, 9)?;
        if !KeyId::is_valid(id) {
            return Err(wrong("id").into());
        }
        if !ShortForm::is_last_four(last_four) {
            return Err(wrong("short form").into());
        }
        if !KeyName::is_valid(name) {
            return Err(wrong("name").into());
        }
        if application.is_some_and(|name| !AppName::is_valid(name)) {
            return Err(wrong("application").into());
        }
        let owner = text_or_none(row, 6)?;
        // None of them is longer than SQLite reads, and the names are checked.
        let short = |text: &str| u8::try_from(text.len()).unwrap_or(u8::MAX);
        let long = |text: &str| u32::try_from(text.len()).unwrap_or(u32::MAX);
        self.rows.push(Packed {
            place,
            slot,
            texts: u32::try_from(self.texts.len()).unwrap_or(u32::MAX),
            name: short(name),
            created_by: long(created_by),
            application: application.map(short),
            description: description.map(long),
            state: text_or_none(row, 5)?
                .and_then(|state| state.parse().ok())
                .ok_or_else(|| wrong("state"))?,
            owner: owner
                .map(|id| self.owners.find(conn, id, slot))
                .transpose()?,
            groups: 0,
            permissions: (0, 0),
            created_at: Timestamp::from_unix(row.get(8)?),
            last_used_at: Perhaps::NEVER,
            last_refused_at: Perhaps::NEVER,
            expires_at: row
                .get::<_, Option<i64>>(10)?
                .map(Timestamp::from_unix)
                .into(),
        });
        for text in [id, last_four, name, created_by] {
            self.texts.push_str(text);
        }
        for text in [application, description].into_iter().flatten() {
            self.texts.push_str(text);
        }
        self.check_room()
    }

    fn check_room(&self) -> std::result::Result<(), Stopped> {
        match self.taken() > ROOM && self.rows.len() > 1 {
            true => Err(Stopped::TooLong),
            false => Ok(()),
        }
    }

    /// Whether there would have been room for twice as many.
    pub(super) fn has_room_to_spare(&self) -> bool {
        self.taken() <= ROOM / 2
    }

    fn taken(&self) -> usize {
        self.texts.len() + self.owners.bytes() + self.sets.bytes() + self.permission_bytes
    }

    /// Puts the keys in the order of their places.
    pub(super) fn settle(&mut self, places: usize) {
        self.order.resize(places, u32::MAX);
        for (row, at) in self.rows.iter().zip(0..) {
            if let Some(place) = self.order.get_mut(row.place as usize) {
                *place = at;
            }
        }
    }

    /// The keys, in their order.
    pub(super) fn keys<'p>(&'p self, prefix: &'p Prefix) -> impl Iterator<Item = KeyRow<'p>> {
        let rows = self.order.iter().map(|at| self.rows.get(*at as usize));
        rows.flatten().map(move |row| self.key(row, prefix))
    }

    fn key<'p>(&'p self, row: &Packed, prefix: &'p Prefix) -> KeyRow<'p> {
        let mut rest = self.texts.get(row.texts as usize..).unwrap_or_default();
        let mut text = |len: usize| {
            let (text, after) = rest.split_at_checked(len).unwrap_or_default();
            rest = after;
            text
        };
        let (start, end) = row.permissions;
        let permissions = self.permissions.get(start as usize..end as usize);
        let owner = row.owner.and_then(|at| self.owners.get(at));
        KeyRow {
            prefix,
            id: text(KeyId::LEN),
            last_four: text(ID_AND_LAST_FOUR - KeyId::LEN),
            name: text(row.name.into()),
            created_by: text(row.created_by as usize),
            application: row.application.map(|len| text(len.into())),
            description: row.description.map(|len| text(len as usize)),
            state: row.state,
            groups: match &self.for_all {
                Some(groups) => groups,
                None => self.sets.get(row.groups),
            },
            permissions: permissions.unwrap_or_default(),
            owner,
            created_at: row.created_at,
            last_used_at: row.last_used_at.get(),
            last_use_known_since: self.known_since,
            last_refused_at: row.last_refused_at.get(),
            expires_at: row.expires_at.get(),
        }
    }
}

impl Perhaps {
    /// None. No instant is so early.
    const NEVER: Self = Self(i64::MIN);

    fn get(self) -> Option<Timestamp> {
        (self.0 != Self::NEVER.0).then(|| Timestamp::from_unix(self.0))
    }
}

impl From<Option<Timestamp>> for Perhaps {
    fn from(at: Option<Timestamp>) -> Self {
        at.map_or(Self::NEVER, |at| Self(at.unix()))
    }
}

pub(super) fn not_valid(what: &str, slot: i64) -> Error {
    damaged(format!(
        "the {what} of key number {slot} is not a valid one"
    ))
}
