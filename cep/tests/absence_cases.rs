//! Absence in all its places: cases in text files, with what they should give, written by hand.

mod case_file;

#[test]
fn absence_is_what_it_should_be() {
    case_file::run_folder("absence_cases", 60);
}
