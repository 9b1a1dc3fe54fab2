//! The catalogue of what can be said about a text.

use std::fmt;

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident),* $(,)?) => {
        /// What a diagnostic is about. `E` codes are errors, `W` codes are warnings.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Code {
            $($(#[doc = $doc])+ $name,)*
        }

        impl Code {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The code as it is printed: `E101`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)*
                }
            }
        }
    };
}

codes! {
    /// A character, string or comment that cannot be read.
    E001,
    /// Something else was expected here.
    E002,
    /// A number that is too large, or too small for its unit.
    E003,
    /// Parentheses nested too deeply.
    E004,
    /// SQL that is read but not supported.
    E005,
    /// A clause that is missing, or there twice.
    E006,
    /// Unknown field.
    E101,
    /// Values of the wrong type.
    E102,
    /// Unknown variable.
    E103,
    /// Unknown symbol.
    E104,
    /// Unknown function, or wrong arguments.
    E105,
    /// A comparison beyond exact arithmetic.
    E106,
    /// Two things with one name.
    E107,
    /// Unknown stream.
    E108,
    /// `SELECT` of what is no column of the matches.
    E109,
    /// A variable is read before it can be bound.
    E110,
    /// Partial matches could wait for ever.
    E120,
    /// The pattern can match no event at all.
    E121,
    /// An absence without a deadline.
    E122,
    /// An absence where none can be.
    E123,
    /// Bounds that nothing can meet.
    E124,
    /// A skip target that may be missing, or that would match the same events again.
    E130,
    /// Skip-till-any with conditions on earlier events.
    E140,
    /// More than the matcher has room for.
    E150,
    /// A condition that no event meets.
    W201,
    /// A variable that no match binds.
    W202,
    /// All matches are wanted, but partial matches cannot be shared.
    W210,
}

impl Code {
    /// Is it an error, and not a warning?
    #[must_use]
    pub fn is_error(self) -> bool {
        self.as_str().starts_with('E')
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
