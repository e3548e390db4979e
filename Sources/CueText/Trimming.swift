extension StringProtocol where SubSequence == Substring {
    /// Without white space at either end.
    package var trimmingSpace: Substring {
        var rest = drop(while: \.isWhitespace)
        while rest.last?.isWhitespace == true { rest.removeLast() }
        return rest
    }

    /// Without the blanks that fill up a table's last column.
    package var trimmingBlanks: Substring {
        var rest = self[...]
        while rest.last == " " { rest.removeLast() }
        return rest
    }
}
