//! Every refusal and its text. This is the only table of these texts: the API, the tests and the
//! documents take them from here. A refusal knows no HTTP: the API's error gives each its status.

use std::fmt;

/// Why a request is refused. The `Display` text is what the client reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// A field, parameter or cursor is wrong.
    Invalid(Validation),
    /// The guest header holds no acceptable secret.
    InvalidGuest,
    /// Missing or invalid credentials.
    Unauthorized,
    /// The chat is switched off.
    Disabled,
    /// No such route.
    NoRoute,
    /// No such channel, or not the caller's. Holds the requested hash.
    NoChannel(String),
    /// No such message, or not the caller's. Holds the requested id.
    NoMessage(String),
    /// No such note. Holds the requested id.
    NoNote(String),
    /// No such file, or not the caller's. Holds the requested id.
    NoFile(String),
    /// A file that this message cannot take: not ready, of another channel or sender, or taken.
    UnusableFile,
    /// The announced file was not uploaded.
    NotUploaded,
    /// The uploaded bytes are not those that were announced: another size, or another type.
    WrongBytes,
    /// Only the author may edit a note.
    NotNoteAuthorToEdit,
    /// Only the author may delete a note.
    NotNoteAuthorToDelete,
    /// Only the author may edit.
    NotAuthorToEdit,
    /// Only the author may delete.
    NotAuthorToDelete,
    /// System messages cannot be changed.
    SystemMessage,
    /// A channel without messages cannot be snoozed or closed.
    NothingToClose,
    /// A channel without messages cannot be rated.
    NothingToRate,
    /// The rating was given more than a day ago.
    RatingIsFinal,
    /// The list was changed since the caller read it.
    StaleVersion,
    /// The client id was used for another message before.
    ClientIdReused,
    /// Too many messages. Holds the seconds to wait.
    TooManySends(u32),
    /// Too many new channels in an hour. Holds the seconds to wait.
    TooManyOpens(u32),
    /// Too many new guests from one address. Holds the seconds to wait.
    TooManyGuests(u32),
    /// Too many profile changes of a guest in an hour. Holds the seconds to wait.
    TooManyRenames(u32),
    /// Too many files in an hour. Holds the seconds to wait.
    TooManyFiles(u32),
    /// Too many transcripts in an hour. Holds the seconds to wait.
    TooManyTranscripts(u32),
    /// No verified address of the caller is known, or it gets no mail.
    NoVerifiedAddress,
    /// The caller has opened the most channels allowed. Holds that number.
    ChannelCap(u32),
    /// The customer or guest would have more channels than one person may, no matter who opened
    /// them. Holds the most allowed.
    HeldCap(u32),
    /// Only guests set a profile here.
    GuestsOnly,
    /// The link does not come from one of the chat's mails.
    BadLink,
    /// The request body exceeds the limit.
    TooLarge,
    /// No Medusa is configured.
    NoShop,
    /// The shop knows no such customer. Holds the requested id.
    NoShopCustomer(String),
    /// The shop's Medusa gives no usable answer.
    ShopAway,
    /// The shop's Medusa is asked too often. Holds the seconds to wait.
    ShopBusy(u32),
    /// The shop's Medusa refuses our key.
    ShopRefuses,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(validation) => validation.fmt(f),
            Self::InvalidGuest => f.write_str("Invalid guest_id_for_live_chat header"),
            Self::Unauthorized => f.write_str("Unauthorized"),
            Self::Disabled => f.write_str("Chat is disabled"),
            Self::NoRoute => f.write_str("Route was not found"),
            Self::NoChannel(hash) => write!(f, "Chat channel with hash: {hash} was not found"),
            Self::NoMessage(id) => write!(f, "Chat message with id: {id} was not found"),
            Self::NoNote(id) => write!(f, "Chat note with id: {id} was not found"),
            Self::NoFile(id) => write!(f, "Chat file with id: {id} was not found"),
            Self::UnusableFile => f.write_str(
                "Invalid request: Field 'attachments' must list ready files of this channel and \
                 sender, each sent once",
            ),
            Self::NotUploaded => f.write_str("The file was not uploaded"),
            Self::WrongBytes => {
                f.write_str("The uploaded file does not have the announced size and type")
            }
            Self::NotNoteAuthorToEdit => f.write_str("Only the note author can edit this note"),
            Self::NotNoteAuthorToDelete => f.write_str("Only the note author can delete this note"),
            Self::NotAuthorToEdit => f.write_str("Only the message author can edit this message"),
            Self::NotAuthorToDelete => {
                f.write_str("Only the message author can delete this message")
            }
            Self::SystemMessage => f.write_str("System messages cannot be edited"),
            Self::NothingToClose => {
                f.write_str("A channel without messages cannot be snoozed or closed")
            }
            Self::NothingToRate => f.write_str("A channel without messages cannot be rated"),
            Self::RatingIsFinal => f.write_str("A rating can be changed for a day only"),
            Self::StaleVersion => {
                f.write_str("The list was changed by somebody else, load it and try again")
            }
            Self::ClientIdReused => {
                f.write_str("This client_message_id was already used for another message")
            }
            Self::TooManySends(_) => f.write_str("Too many messages, try again later"),
            Self::TooManyOpens(_) => f.write_str("Too many new channels, try again later"),
            Self::TooManyGuests(_) => f.write_str("Too many new guests, try again later"),
            Self::TooManyRenames(_) => f.write_str("Too many profile changes, try again later"),
            Self::TooManyFiles(_) => f.write_str("Too many files, try again later"),
            Self::TooManyTranscripts(_) => f.write_str("Too many transcripts, try again later"),
            Self::NoVerifiedAddress => f.write_str("No verified e-mail address can be mailed"),
            Self::ChannelCap(most) => write!(f, "At most {most} channels can be opened"),
            Self::HeldCap(most) => write!(f, "At most {most} channels can belong to one person"),
            Self::GuestsOnly => f.write_str("Only guests can set a profile here"),
            Self::BadLink => f.write_str("This link is not valid"),
            Self::TooLarge => f.write_str("Request body is too large"),
            Self::NoShop => f.write_str("No shop is connected"),
            Self::NoShopCustomer(id) => write!(f, "Customer with id: {id} was not found"),
            Self::ShopAway => f.write_str("The shop does not answer, try again"),
            Self::ShopBusy(_) => f.write_str("The shop is busy, try again later"),
            Self::ShopRefuses => f.write_str("The shop refuses the chat's key"),
        }
    }
}

impl From<Validation> for Refusal {
    fn from(validation: Validation) -> Self {
        Self::Invalid(validation)
    }
}

/// What is wrong with an input. The texts are Medusa's.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields' names say it")]
pub enum Validation {
    /// A required field is missing.
    Required(&'static str),
    /// A field has the wrong JSON type.
    Type { field: &'static str, expected: &'static str, got: &'static str },
    /// A length or number is below the least allowed.
    TooSmall(&'static str, u64),
    /// A length or number is above the most allowed.
    TooBig(&'static str, u64),
    /// A word is not one of those allowed, which are separated by a comma and a space.
    OneOf { field: &'static str, allowed: &'static str, got: String },
    /// A text has the wrong form. Holds the field and what it must be.
    Form(&'static str, &'static str),
    /// Two fields exclude each other.
    Both(&'static str, &'static str),
    /// The body is not JSON.
    NotJson,
    /// The body is JSON, but not an object. Holds its type.
    NotAnObject(&'static str),
    /// A search has one or two characters.
    ShortSearch,
    /// An entry of a list is wrong; `index` counts from 0.
    Entry { list: &'static str, index: usize, error: Box<Validation> },
    /// A field of an object, which is itself a field, is wrong.
    Within { object: &'static str, error: Box<Validation> },
}

impl fmt::Display for Validation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ShortSearch => f.write_str("Search must be at least 3 characters"),
            Self::NotJson => f.write_str("Invalid request: Body is not valid JSON"),
            _ => {
                f.write_str("Invalid request: ")?;
                self.write(f, "")
            }
        }
    }
}

impl Validation {
    /// The mistake, in an object that is itself a field.
    #[must_use]
    pub fn within(self, object: &'static str) -> Self {
        Self::Within { object, error: Box::new(self) }
    }

    /// Writes what is wrong; `path` leads to the field, as in `canned, 3, `.
    fn write(&self, f: &mut fmt::Formatter<'_>, path: &str) -> fmt::Result {
        match self {
            Self::Required(field) => write!(f, "Field '{path}{field}' is required"),
            Self::Type { field, expected, got } => {
                write!(f, "Expected type: '{expected}' for field '{path}{field}', got: '{got}'")
            }
            Self::TooSmall(field, least) => {
                write!(f, "Value for field '{path}{field}' too small, expected at least: '{least}'")
            }
            Self::TooBig(field, most) => {
                write!(f, "Value for field '{path}{field}' too big, expected at most: '{most}'")
            }
            Self::OneOf { field, allowed, got } => {
                write!(f, "Expected: '{allowed}' for field '{path}{field}', but got: '{got}'")
            }
            Self::Form(field, form) => write!(f, "Value for field '{path}{field}' must be {form}"),
            Self::Both(one, other) => {
                write!(f, "Fields '{path}{one}' and '{path}{other}' cannot be used together")
            }
            Self::NotAnObject(got) => match path.strip_suffix(", ") {
                Some(entry) => {
                    write!(f, "Expected type: 'object' for field '{entry}', got: '{got}'")
                }
                None => write!(f, "Expected type: 'object', got: '{got}'"),
            },
            Self::Entry { list, index, error } => {
                error.write(f, &format!("{path}{list}, {index}, "))
            }
            Self::Within { object, error } => error.write(f, &format!("{path}{object}, ")),
            Self::ShortSearch | Self::NotJson => Ok(()),
        }
    }
}
