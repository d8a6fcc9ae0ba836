from inkdigits.cli import main

main()
