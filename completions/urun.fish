# SPDX-License-Identifier: LGPL-2.1-or-later
#
# urun.fish - completion of urun for fish. Commands and options are read from `urun --help`, so they are always those of
# the program in $PATH.

# The bundles; where there are none, the directories on the way to them.
function __urun_bundles
    set -l dirs (__fish_complete_directories (commandline -ct) bundle)
    set -l bundles
    for line in $dirs
        set -l dir (string split \t -- $line)[1]
        test -e (string unescape -- $dir)/config.json; and set -a bundles $line
    end
    if set -q bundles[1]
        printf '%s\n' $bundles
    else
        printf '%s\n' $dirs
    end
end

# The command of the line, if there is one yet.
function __urun_command
    for word in (commandline -opc)[2..-1]
        string match -q -- '-*' $word; and continue
        contains -- $word $__urun_commands; and echo $word; and return 0
    end
    return 1
end

function __urun_is
    contains -- (__urun_command) $argv
end

# Is the word at the cursor the first behind the command?
function __urun_is_first_word
    string match -q -- '-*' (commandline -ct); and return 1
    set -l seen 0
    set -l skip 0
    for word in (commandline -opc)[2..-1]
        if test $skip = 1
            set skip 0
        else if contains -- $word $__urun_with_value
            set skip 1
        else if not string match -q -- '-*' $word
            set seen (math $seen + 1)
        end
    end
    test $seen = 1
end

set -g __urun_commands help version
set -g __urun_with_value

# The options of the command, or without one those of urun itself.
function __urun_add_options
    set -l command $argv
    set -l seen
    set -l condition 'not __urun_command'
    set -q command[1]; and set condition "__urun_is $command"
    set -l lines (urun $command --help 2>/dev/null)
    for i in (seq (count $lines))
        # Every group takes part in the match: fish forgets those that do not.
        set -l m (string match -r -- '^  (-.,|   ) --([a-z-]+)(\[=|)( |)(.*?)(\]|)$' $lines[$i])
        or continue
        set -l letter (string match -r '[a-z]' -- $m[2])
        set -l name $m[3]
        set -l maybe $m[4]
        set -l arg $m[6]
        set -l text (string trim -- $lines[(math $i + 1)])
        set -l -- words -c urun -n $condition -l $name -d $text
        contains -- $name $seen; and continue
        set -a seen $name
        if test -n "$letter"; and not contains -- -$letter $seen
            set -a -- words -s $letter
            set -a -- seen -$letter
        end
        if test -n "$maybe"
            set -a -- words -f -a (string replace -a '|' ' ' -- $arg)
        else if test -n "$arg"
            set -a -- __urun_with_value --$name
            test -n "$letter"; and set -a -- __urun_with_value -$letter
            switch $name
                case bundle
                    set -a -- words -x -a '(__urun_bundles)'
                case userns
                    test $arg = MODE; and set arg 'auto|full|single|keep-id|keep-id:uid=|nomap|config'
                    set -a -- words -x -a (string replace -a '|' ' ' -- $arg)
                case env
                    set -a -- words -x -a '(set -nx)'
                case volume
                    set -a -- words -r -F
                case root rootfs
                    set -a -- words -x -a '(__fish_complete_directories (commandline -ct))'
                case '*'
                    if string match -q '*|*' -- $arg
                        set -a -- words -x -a (string replace -a '|' ' ' -- $arg)
                    else if test $arg = FILE
                        set -a -- words -r -F
                    else
                        set -a -- words -x
                    end
            end
        end
        complete $words
    end
end

complete -c urun -f
for line in (urun --help 2>/dev/null | sed -nE '/^Commands:$/,/^$/s/^  ([a-z][a-z-]*) +(.*)/\1\t\2/p')
    set -l parts (string split \t -- $line)
    set -a __urun_commands $parts[1]
    complete -c urun -n 'not __urun_command' -a $parts[1] -d $parts[2]
    __urun_add_options $parts[1]
end
complete -c urun -n 'not __urun_command' -a help -d 'Show the options of a command'
complete -c urun -n 'not __urun_command' -a version -d 'Show the version'
complete -c urun -n '__urun_is help' -a '(string match -v version $__urun_commands)'
complete -c urun -n '__urun_is run explain; and __urun_is_first_word' -a '(__urun_bundles)'
complete -c urun -n '__urun_is unshare; and __urun_is_first_word' -a '(__fish_complete_command)'
__urun_add_options
functions -e __urun_add_options
