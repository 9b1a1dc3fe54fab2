//! How wire fields and messages are read and written: the macro behind the table of
//! [`super::messages`].
//!
//! Everything is big-endian. A message's fields must tile its bytes exactly; the compiler proves it
//! for every message.

/// A field of fixed width.
pub(crate) trait Field: Sized {
    fn load(message: &[u8], at: usize) -> Self;
    fn store(&self, message: &mut [u8], at: usize);
}

macro_rules! integer_fields {
    ($($ty:ty),*) => { $(impl Field for $ty {
        #[inline(always)]
        fn load(message: &[u8], at: usize) -> Self {
            Self::from_be_bytes(Field::load(message, at))
        }

        #[inline(always)]
        fn store(&self, message: &mut [u8], at: usize) {
            self.to_be_bytes().store(message, at);
        }
    })* };
}

integer_fields!(u8, u16, u32, u64);

impl<const N: usize> Field for [u8; N] {
    #[inline(always)]
    fn load(message: &[u8], at: usize) -> Self {
        let mut bytes = [0; N];
        bytes.copy_from_slice(&message[at..at + N]);
        bytes
    }

    #[inline(always)]
    fn store(&self, message: &mut [u8], at: usize) {
        message[at..at + N].copy_from_slice(self);
    }
}

/// Length of what every message starts with: type, stock locate, tracking number, timestamp.
pub const HEADER_SIZE: usize = 11;

/// What every message starts with, after its type byte.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Header {
    /// Day-scoped dense index of the stock; 0 = no stock. Bytes 1..3.
    pub stock_locate: u16,
    /// Nasdaq's internal tracking number. Bytes 3..5.
    pub tracking: u16,
    /// Nanoseconds since midnight in New York; the upper 16 bits are not on the wire. Bytes 5..11.
    pub timestamp: u64,
}

impl Header {
    /// Reads the timestamp with the two bytes before it: no load reaches beyond the shortest
    /// message.
    #[inline(always)]
    pub(crate) fn load(message: &[u8]) -> Self {
        let tracking_and_time = u64::load(message, 3);
        Self {
            stock_locate: u16::load(message, 1),
            tracking: (tracking_and_time >> 48) as u16,
            timestamp: tracking_and_time & 0xFFFF_FFFF_FFFF,
        }
    }

    #[inline(always)]
    pub(crate) fn store(&self, message: &mut [u8]) {
        self.stock_locate.store(message, 1);
        (u64::from(self.tracking) << 48 | self.timestamp & 0xFFFF_FFFF_FFFF).store(message, 3);
    }
}

/// Whether fields of `(offset, length)` follow the header without hole or overlap and end at
/// `size`.
pub(crate) const fn tiles(fields: &[(usize, usize)], size: usize) -> bool {
    let mut end = HEADER_SIZE;
    let mut i = 0;
    while i < fields.len() {
        if fields[i].0 != end {
            return false;
        }
        end += fields[i].1;
        i += 1;
    }
    end == size
}

/// Makes a struct per message, the enum of them all, and the tables of lengths and names.
macro_rules! itch_messages {
    ($(
        $(#[$doc:meta])*
        $code:literal $size:literal $name:ident { $($field:ident: $ty:ty = $at:literal,)* }
    )*) => {
        $(
            $(#[$doc])*
            #[doc = ""]
            #[doc = concat!("Type `", stringify!($code), "`, ", $size, " bytes.")]
            #[derive(Clone, Copy, Debug, PartialEq, Eq)]
            pub struct $name {
                /// What every message starts with.
                pub header: Header,
                $(
                    #[doc = concat!("`", stringify!($ty), "` at byte ", $at, ".")]
                    pub $field: $ty,
                )*
            }

            const _: () = assert!(tiles(&[$(($at, size_of::<$ty>())),*], $size));

            impl $name {
                /// The type byte.
                pub const CODE: u8 = $code;
                /// Length on the wire in bytes, without framing.
                pub const SIZE: usize = $size;

                /// Reads the fields. The type byte is not looked at.
                #[must_use]
                #[inline(always)]
                pub fn read(message: &[u8; $size]) -> Self {
                    Self { header: Header::load(message), $($field: Field::load(message, $at),)* }
                }

                /// The message as it stands on the wire.
                #[must_use]
                #[inline(always)]
                pub fn to_bytes(&self) -> [u8; $size] {
                    let mut message = [0; $size];
                    message[0] = Self::CODE;
                    self.header.store(&mut message);
                    $(self.$field.store(&mut message, $at);)*
                    message
                }
            }
        )*

        /// Any message, all fields kept.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Message {
            $($(#[$doc])* $name($name),)*
        }

        impl Message {
            /// Reads one message without framing.
            ///
            /// # Errors
            /// If there is no byte, the type is unknown, or the length is not the type's.
            pub fn read(frame: &[u8]) -> Result<Self, Fault> {
                match frame.first() {
                    $(Some(&$name::CODE) => Ok(Self::$name($name::read(exactly(frame)?))),)*
                    _ => Err(fault_of(frame)),
                }
            }

            /// Appends the message without framing.
            pub fn write(&self, out: &mut Vec<u8>) {
                match self {
                    $(Self::$name(message) => out.extend_from_slice(&message.to_bytes()),)*
                }
            }
        }

        /// Length of each message type in bytes; 0 = no such type.
        pub const SIZES: [u8; 256] = {
            let mut sizes = [0; 256];
            $(sizes[$code as usize] = $size;)*
            sizes
        };

        /// Every type byte, in the order of the specification.
        pub const TYPES: [u8; 23] = [$($code),*];

        /// The specification's name of a message type.
        #[must_use]
        pub fn type_name(code: u8) -> &'static str {
            match code {
                $($name::CODE => stringify!($name),)*
                _ => "unknown",
            }
        }
    };
}

pub(crate) use itch_messages;
