/// A binary heap: the least element first, by an order that is handed in.
package struct Heap<Element> {
    package private(set) var elements: [Element] = []
    private let precedes: @Sendable (Element, Element) -> Bool

    package init(precedes: @escaping @Sendable (Element, Element) -> Bool) {
        self.precedes = precedes
    }

    package var first: Element? { elements.first }
    package var isEmpty: Bool { elements.isEmpty }

    /// The first `count` of those that match, in order and without taking them out.
    package func least(_ count: Int, where matches: (Element) -> Bool) -> [Element] {
        var least: [Element] = []
        var open = elements.isEmpty ? [] : [0]
        while least.count < count,
            let place = open.indices.min(by: { precedes(elements[open[$0]], elements[open[$1]]) })
        {
            let index = open.remove(at: place)
            open += [2 * index + 1, 2 * index + 2].filter { $0 < elements.count }
            if matches(elements[index]) { least.append(elements[index]) }
        }
        return least
    }

    package mutating func push(_ element: Element) {
        elements.append(element)
        var child = elements.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard precedes(elements[child], elements[parent]) else { return }
            elements.swapAt(child, parent)
            child = parent
        }
    }

    package mutating func pop() -> Element? {
        guard let least = elements.first else { return nil }
        let last = elements.removeLast()
        if !elements.isEmpty {
            elements[0] = last
            sink(0)
        }
        return least
    }

    /// Takes out every element that matches; the rest stays a heap.
    package mutating func removeAll(where matches: (Element) -> Bool) -> [Element] {
        let taken = elements.filter(matches)
        guard !taken.isEmpty else { return [] }
        elements.removeAll(where: matches)
        for index in stride(from: elements.count / 2 - 1, through: 0, by: -1) { sink(index) }
        return taken
    }

    private mutating func sink(_ start: Int) {
        var parent = start
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < elements.count {
                if precedes(elements[child], elements[least]) { least = child }
            }
            if least == parent { return }
            elements.swapAt(parent, least)
            parent = least
        }
    }
}

extension Heap: Sendable where Element: Sendable {}
