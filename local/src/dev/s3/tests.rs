use super::api::{Part, part_of};

#[test]
fn ranges_are_read_as_s3_reads_them() {
    for (range, part) in [
        ("", Part::Whole),
        ("bytes=0-0", Part::Some(0, 1)),
        ("bytes=2-4", Part::Some(2, 5)),
        ("bytes=2-", Part::Some(2, 10)),
        ("bytes=-3", Part::Some(7, 10)),
        ("bytes=-99", Part::Some(0, 10)),
        ("bytes=0-99", Part::Some(0, 10)),
        ("bytes=10-", Part::None),
        ("bytes=99-100", Part::None),
        ("bytes=-0", Part::None),
        ("bytes=4-2", Part::Whole),
        ("bytes=0-1,3-4", Part::Whole),
        ("bytes=x-y", Part::Whole),
        ("lines=0-1", Part::Whole),
    ] {
        assert_eq!(part_of(range, 10), part, "{range}");
    }
    assert_eq!(part_of("bytes=0-0", 0), Part::None);
}
